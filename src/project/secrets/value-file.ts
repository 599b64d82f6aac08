import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import { parseDocuments } from '../../text/document.ts';
import { parseExactJson } from '../../text/exact-json.ts';
import type { ListNode, MapNode, YamlNode } from '../../text/node.ts';
import { SourceFile } from '../../text/source.ts';
import { decodeUtf8 } from '../../text/utf8.ts';
import { type Fault, parseDotenv, type ReadValue } from './dotenv.ts';

export type ValueFormat = 'dotenv' | 'json' | 'sops';

type Reading = { readonly values: readonly ReadValue[]; readonly faults: readonly Fault[] };

const MOST_FAULTS = 20;
const MOST_VALUES = 1000;

export interface ReadOptions {
  /** Absent: detected from the name and the first line. */
  readonly format?: ValueFormat;
  /** Joins the names of nested mappings and the numbers of list items, from 0; absent: such values are refused. */
  readonly flatten?: '_' | '__';
}

/**
 * Names and values from a file of another program; if one is invalid, none are returned. Throws `import/invalid` with
 * every fault, by line, and without content: such a file may have values anywhere.
 */
export function readValueFile(
  file: string,
  bytes: Uint8Array,
  options: ReadOptions = {},
): ReadonlyMap<string, Uint8Array> {
  const from = file === '-' ? 'standard input' : file;
  const text = decode(from, bytes);
  const format = options.format ?? guessFormat(file, text);
  if (isEncryptedBySops(text))
    throw new LockstepError('import/invalid', `${from} is encrypted by sops, and only sops can open it`, [
      isBinaryOfSops(text)
        ? `sops -d ${file === '-' ? 'FILE' : file} | lockstep secret set NAME --keep-newline`
        : `sops -d --output-type json ${file === '-' ? 'FILE' : file} | lockstep secret import - --format json`,
    ]);
  const { values, faults } = READERS[format](text, options);
  const all = [...faults, ...namingFaults(values)].sort((a, b) => a.line - b.line);
  if (all.length > 0) throw fileRefused(from, all);
  if (values.length === 0 || values.length > MOST_VALUES)
    throw new LockstepError(
      'import/invalid',
      `${from} holds ${values.length === 0 ? 'no value' : `more than ${MOST_VALUES} values`}`,
      ['lockstep secret import --help'],
    );
  return new Map(values.map(({ name, value }) => [name, Buffer.from(value)]));
}

const READERS: Record<ValueFormat, (text: string, options: ReadOptions) => Reading> = {
  dotenv: parseDotenv,
  json: (text, options) =>
    isJson(text) ? readMap(text, options) : { values: [], faults: [{ line: 1, what: 'begins no JSON object' }] },
  sops: readMap,
};

function decode(file: string, bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new LockstepError('import/invalid', `${file} is not UTF-8 text`, [
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

/** For a file that is not YAML, JSON, dotenv or INI, sops stores all of it under `data`. */
function isBinaryOfSops(text: string): boolean {
  const read = parseExactJson(text);
  if (!('value' in read) || read.value === null || typeof read.value !== 'object') return false;
  return Object.keys(read.value).sort().join() === 'data,sops';
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** JSON is YAML; the reader of definitions knows the place of each key, and reports a duplicate. */
function readMap(text: string, { flatten }: ReadOptions): Reading {
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
    return { values: [], faults: [{ line: 1, what: 'is not one set of names and values' }] };
  return readEntries(first.root, '', { lineOf, flatten });
}

interface Nesting {
  readonly lineOf: (offset: number) => number;
  readonly flatten: ReadOptions['flatten'];
}

function readEntries(node: MapNode | ListNode, prefix: string, nesting: Nesting): Reading {
  const { lineOf, flatten } = nesting;
  const entries = node.kind === 'map' ? [...node.entries] : [...node.items.entries()].map(itemEntry);
  const readings = entries.map(([last, { key, value }]): Reading => {
    const name = prefix + last;
    const line = lineOf(key.range.start);
    const read = plainValue(value);
    if (read !== null) return { values: [{ name, line, value: read }], faults: [] };
    if (flatten !== undefined && value.kind !== 'scalar') return readEntries(value, name + flatten, nesting);
    const why = value.kind === 'scalar' ? 'is empty' : 'is not text; --flatten _ joins nested names: db_password';
    return { values: [], faults: [{ line, what: `has a value that ${why}` }] };
  });
  return { values: readings.flatMap(({ values }) => values), faults: readings.flatMap(({ faults }) => faults) };
}

function itemEntry([index, value]: [number, YamlNode]): [string, { readonly key: YamlNode; readonly value: YamlNode }] {
  return [String(index), { key: value, value }];
}

/**
 * A text; or `{"base64": TEXT}`, as `secret export` writes other bytes. Numbers and booleans count as they were
 * written.
 */
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

function fileRefused(file: string, faults: readonly Fault[]): LockstepError {
  const shown = faults.slice(0, MOST_FAULTS).map(({ line, what }) => `${file}:${line}: ${what}`);
  const rest = faults.length - shown.length;
  const lines = [...shown, ...(rest > 0 ? [`and ${rest} more`] : []), 'nothing was imported'];
  return new LockstepError('import/invalid', lines.join('\n'), ['lockstep secret import --help']);
}
