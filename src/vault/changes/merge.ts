import { decodeEntry, type EntryRecord } from '../format/entry-document.ts';
import { decodeRoot, ROOT_FILE } from '../format/root-document.ts';

/** The three texts that Git hands to a merge driver; `base` is empty where the file is new on both sides. */
export interface Sides {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * Merges one vault file without a key. A file is signed as a whole, so a change on only one side is taken whole, and
 * two different changes are never mixed: `conflict` describes them, so that a person can choose one and make the other
 * change again.
 */
export function mergeVaultFile(path: string, { base, ours, theirs }: Sides): { text: string } | { conflict: string } {
  if (ours === theirs || theirs === base) return { text: ours };
  if (ours === base) return { text: theirs };
  return { conflict: path === ROOT_FILE ? rootConflict(ours, theirs) : entryConflict(path, ours, theirs) };
}

function entryConflict(path: string, ours: string, theirs: string): string {
  const [, group = '', name = ''] = /^vault\/([^/]+)\/([^/]+)\.yaml$/.exec(path) ?? [];
  return `${name === '' ? path : `the secret ${name} of ${group}`} was changed on both sides: ours is ${describe(path, ours)}, theirs is ${describe(path, theirs)}`;
}

function describe(path: string, text: string): string {
  try {
    const record: EntryRecord = decodeEntry(path, text);
    const what = record.removed ? 'a removal' : `version ${record.version} of ${record.rotated}`;
    return `${what} (revision ${record.revision}, signed by ${record.by})`;
  } catch {
    return 'not a vault file as Lockstep writes it';
  }
}

function rootConflict(ours: string, theirs: string): string {
  return `members or groups were changed on both sides: ours is ${describeRoot(ours)}, theirs is ${describeRoot(theirs)}`;
}

function describeRoot(text: string): string {
  try {
    const roots = decodeRoot(text).roots.map(({ version, by }) => `root ${version}, signed by ${by}`);
    return roots.slice(-1).join();
  } catch {
    return 'not a vault file as Lockstep writes it';
  }
}
