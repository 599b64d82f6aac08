import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders, replaceFile } from '../../util/atomic-file.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { type Ambient, userFoldersOf } from './config.ts';

/**
 * The names and values that this machine's user accepted, from a file of the state folder. A damaged file accepts
 * nothing.
 */
export function readAccepted(file: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((one): one is [string, string] => typeof one[1] === 'string'));
  } catch {
    return {};
  }
}

/** Adds `value` under `name`; accepted values under other names stay. */
export async function accept(file: string, name: string, value: string): Promise<void> {
  await makeFolders(dirname(file), 0o700);
  const all = { ...readAccepted(file), [name]: value };
  await replaceFile(file, Buffer.from(`${JSON.stringify(all, null, 2)}\n`), 0o600);
}

/**
 * A list in lockstep.yaml that has an effect only if this machine's user accepted it, because anyone who can push can
 * write it.
 */
export interface CommittedList {
  readonly kind: 'sandbox' | 'machine-files';
  readonly root: string;
  /** The list as JSON. */
  readonly list: object;
}

export async function acceptList(committed: CommittedList, env: Ambient): Promise<void> {
  await accept(listsFile(committed, env), committed.root, digestOf(committed));
}

export function isListAccepted(committed: CommittedList, env: Ambient): boolean {
  return readAccepted(listsFile(committed, env))[committed.root] === digestOf(committed);
}

/** Root -> digest of the accepted list. */
function listsFile({ kind }: CommittedList, env: Ambient): string {
  return join(userFoldersOf(env).state, `${kind}.json`);
}

function digestOf({ list }: CommittedList): string {
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}
