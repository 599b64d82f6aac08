import { parse as parseToml, patch } from '@decimalturn/toml-patch';
import { applyEdits, modify, type ParseError, parse } from 'jsonc-parser';
import { LockstepError } from '../../errors.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { isRecord } from '../../util/guards.ts';
import type { HostFile } from './host-list.ts';
import type { ServerEntry } from './server-entry.ts';

/** What an edit makes of a file. */
export interface Edited {
  readonly text: string;
  readonly change: 'added' | 'replaced' | 'unchanged';
}

const LAYOUT = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };

/**
 * The text with the entry of a server, and all else as it was, comments too.
 * @throws LockstepError `file/unreadable` where the text is not in the format of the file
 */
export function withEntry(text: string, name: string, entry: ServerEntry, file: HostFile): Edited {
  const { key, path, format } = file;
  const before = read(text, file);
  const servers = before[key];
  if (servers !== undefined && !isRecord(servers)) throw unfit(path, `"${key}" is not a mapping`);
  const known = servers !== undefined && Object.hasOwn(servers, name) ? servers[name] : undefined;
  const wanted = isRecord(known) ? { ...known, ...entry } : entry;
  if (known !== undefined && canonicalJson(known) === canonicalJson(wanted)) return { text, change: 'unchanged' };
  const after = { ...before, [key]: { ...servers, [name]: wanted } };
  const start = text.trim() === '' ? (format === 'json' ? '{}\n' : '') : text;
  const made = format === 'json' ? applyEdits(start, modify(start, [key, name], wanted, LAYOUT)) : patch(start, after);
  // An editor that does something else must not cost anybody a setting.
  if (canonicalJson(read(made, file)) !== canonicalJson(after)) throw unfit(path, 'it cannot be edited safely');
  return { text: made.endsWith('\n') ? made : `${made}\n`, change: known === undefined ? 'added' : 'replaced' };
}

function read(text: string, { path, format }: HostFile): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  let value: unknown;
  try {
    value =
      format === 'json'
        ? parse(text, errors, { allowTrailingComma: true })
        : JSON.parse(JSON.stringify(parseToml(text)));
  } catch {
    throw unfit(path, 'it is not TOML');
  }
  if (errors.length > 0 || !isRecord(value)) throw unfit(path, 'it is not a JSON object');
  return value;
}

function unfit(path: string, why: string): LockstepError {
  return new LockstepError('file/unreadable', `${path}: ${why}; nothing was written`, [
    'correct the file, or write the entry yourself: lockstep mcp install --client NAME --dry-run',
  ]);
}
