import { LockstepError } from '../../errors.ts';
import { decodeEntry, type Entry, type EntryRecord, entryFile } from '../format/entry-document.ts';
import { verifyEntry } from '../format/entry-signature.ts';
import { unlessFaulty } from '../format/fault.ts';
import { decodeRoot, type RootDocument } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import type { SecretValue } from '../secret-value.ts';
import { GroupKeys } from './group-keys.ts';
import { verifyRoot } from './root-chain.ts';

/** A record from Git's history. It describes the past, not the present state. */
export interface HistoricalEntry {
  readonly record: EntryRecord;
  /** The root under which a member with the right to write signed it; null when no root shows this. */
  readonly root: RootDocument | null;
}

/** The root in a commit; null when it is damaged or not part of the present chain of roots. */
export function historicalRoot(present: RootDocument, text: string): RootDocument | null {
  return unlessFaulty(() => {
    const root = decodeRoot(text);
    const chain = verifyRoot(present);
    const isOurs = root.vault === present.vault && verifyRoot(root).every((hash, index) => hash === chain[index]);
    return isOurs ? root : null;
  });
}

/**
 * Null for text that is not a record. `roots` are tried in turn: a former member's signature is valid under a root of
 * their time.
 */
export function readHistoricalEntry(
  { group, name }: { readonly group: string; readonly name: string },
  text: string,
  roots: readonly RootDocument[],
): HistoricalEntry | null {
  const record = unlessFaulty(() => decodeEntry(entryFile(group, name), text));
  if (record === null) return null;
  const isSound = (root: RootDocument) => unlessFaulty(() => [verifyEntry(root, group, name, record)]) !== null;
  return { record, root: roots.find(isSound) ?? null };
}

/** Opens a former value with the key of its time, bound to its place and version. Throws as `unseal` does. */
export function openHistoricalEntry(root: RootDocument, entry: Entry, identity: Identity): SecretValue {
  const member = [...root.members].find(([, { recipient }]) => recipient === identity.recipient)?.[0];
  if (member !== undefined) return new GroupKeys(root).open(entry, member, identity);
  throw new LockstepError('vault/not-a-member', `the identity ${identity.recipient} was not a member then`, [
    'lockstep whoami',
  ]);
}
