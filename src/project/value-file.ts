import { LockstepError } from '../errors.ts';
import { isName, NAME_FORMS } from '../names.ts';
import { parseDocuments } from '../text/document.ts';
import type { YamlNode } from '../text/node.ts';
import { SourceFile } from '../text/source.ts';
import { decodeUtf8 } from '../text/utf8.ts';
import { type Fault, parseDotenv, type ReadValue } from './dotenv.ts';

export type ValueFormat = 'dotenv' | 'json' | 'sops';

type Reading = { readonly values: readonly ReadValue[]; readonly faults: readonly Fault[] };

const MOST_FAULTS = 20;
const MOST_VALUES = 1000;

/**
 * Names and values of a file that was written elsewhere, all of them sound or none.
 * Throws `secret/refused` with every fault, by line: such a file may hold values in any place.
 */
export function readValueFile(file: string, bytes: Uint8Array, wanted?: ValueFormat): ReadonlyMap<string, Uint8Array> {
  const from = file === '-' ? 'standard input' : file;
  const text = decode(from, bytes);
  const format = wanted ?? guessFormat(file, text);
  if (isEncryptedBySops(text))
    throw new LockstepError('secret/refused', `${from} is encrypted by sops, and only sops can open it`, [
      `sops -d --output-type json ${file === '-' ? 'FILE' : file} | lockstep secret import - --format json`,
    ]);
  const { values, faults } = READERS[format](text);
  const all = [...faults, ...namingFaults(values)].sort((a, b) => a.line - b.line);
  if (all.length > 0) throw refused(from, all);
  if (values.length === 0 || values.length > MOST_VALUES)
    throw new LockstepError(
      'secret/refused',
      `${from} holds ${values.length === 0 ? 'no value' : `more than ${MOST_VALUES} values`}`,
      ['lockstep secret import --help'],
    );
  return new Map(values.map(({ name, value }) => [name, Buffer.from(value)]));
}

const READERS: Record<ValueFormat, (text: string) => Reading> = {
  dotenv: parseDotenv,
  json: (text) => (isJson(text) ? readMap(text) : { values: [], faults: [{ line: 1, what: 'begins no JSON object' }] }),
  sops: readMap,
};

function decode(file: string, bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new LockstepError('secret/refused', `${file} is not UTF-8 text`, [
    'a binary value is stored by: lockstep secret set NAME --from-file FILE',
  ]);
}

function guessFormat(file: string, text: string): ValueFormat {
  if (/\.json$/i.test(file) || /^\s*\{/.test(text)) return 'json';
  return /\.ya?ml$/i.test(file) || /^(?:\s*#.*\n|\s*\n)*[A-Za-z_]\w*:(?:\s|$)/.test(text) ? 'sops' : 'dotenv';
}

function isEncryptedBySops(text: string): boolean {
  return /^\s*"?sops(?:_mac)?"?\s*[:=]/m.test(text) || /ENC\[AES256_GCM,data:/.test(text);
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** JSON is YAML; the reader of definitions knows where a key stands, and that it stands there twice. */
function readMap(text: string): Reading {
  const source = new SourceFile('', text);
  const { documents, problems } = parseDocuments(source);
  const lineOf = (offset: number) => source.position(offset).line;
  const faults = problems.map(({ at, code }) => ({
    line: at === undefined ? 1 : lineOf(at.range.start),
    what: code === 'yaml/duplicate-key' ? 'has a name that was given before' : 'cannot be read',
  }));
  const [first, ...others] = documents;
  if (faults.length > 0 || first === undefined) return { values: [], faults };
  if (others.length > 0 || first.root.kind !== 'map')
    return { values: [], faults: [{ line: 1, what: 'begins something else than one set of names and values' }] };
  const values: ReadValue[] = [];
  for (const [name, { key, value }] of first.root.entries) {
    const line = lineOf(key.range.start);
    const read = plainValue(value);
    if (read === null)
      faults.push({ line, what: 'has a value that is no text: names and texts on one level are taken' });
    else values.push({ name, line, value: read });
  }
  return { values, faults };
}

/** A text; or `{"base64": TEXT}`, as `secret export` writes what is none. Numbers and booleans count as they were written. */
function plainValue(node: YamlNode): string | Uint8Array | null {
  if (node.kind === 'scalar') return node.value === null ? null : node.text;
  if (node.kind === 'list') return null;
  const [[key, entry] = [], ...others] = node.entries;
  if (key !== 'base64' || others.length > 0 || entry?.value.kind !== 'scalar') return null;
  const bytes = Buffer.from(entry.value.text, 'base64');
  return bytes.toString('base64') === entry.value.text ? bytes : null;
}

function namingFaults(values: readonly ReadValue[]): Fault[] {
  const seen = new Set<string>();
  return values.flatMap(({ name, line }) => {
    const known = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    if (!isName('secret', name)) return [{ line, what: `has a name that a secret cannot have: ${NAME_FORMS.secret}` }];
    return known ? [{ line, what: 'has a name that was given before' }] : [];
  });
}

function refused(file: string, faults: readonly Fault[]): LockstepError {
  const shown = faults.slice(0, MOST_FAULTS).map(({ line, what }) => `${file}:${line}: ${what}`);
  const rest = faults.length - shown.length;
  const lines = [...shown, ...(rest > 0 ? [`and ${rest} more`] : []), 'nothing was imported'];
  return new LockstepError('secret/refused', lines.join('\n'), ['lockstep secret import --help']);
}
