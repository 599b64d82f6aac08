import { type EntryRecord, entryFile } from './entry-document.ts';
import { VaultFault } from './fault.ts';
import type { Lineage } from './lineage.ts';
import { ROOT_FILE } from './root-document.ts';

/*
 * What this machine has seen of a vault (PIN): the signatures prove who wrote something, only a memory proves that nothing
 * newer was taken away. Everything here is pure; pin-file.ts keeps it.
 */

export interface RootPin {
  readonly version: number;
  readonly hash: string;
}

export interface EntryPin {
  readonly revision: number;
  readonly signature: string;
}

export interface RefPin {
  readonly root: RootPin;
  /** By `GROUP/NAME`. */
  readonly entries: ReadonlyMap<string, EntryPin>;
  /** The Git folder in which the ref was seen last; absent outside Git. */
  readonly home?: string;
}

/** What a ref's pin was before one change of it. */
export interface PinChange {
  readonly ref: string;
  /** When it changed, in seconds since 1970. */
  readonly at: number;
  /** Null: the ref had not been seen. */
  readonly root: RootPin | null;
  /** Of the entries that changed; null where one had not been seen. */
  readonly entries: ReadonlyMap<string, EntryPin | null>;
}

export interface Pins {
  readonly vault: string;
  /** Hash of the first root: which vault this is, whatever id a file claims. */
  readonly fingerprint: string;
  /** The newest root seen on any ref. */
  readonly newest: RootPin;
  /** By full Git ref name, `commit:HASH` or `folder:PATH` where that was accepted by name, and `UNNAMED`. */
  readonly refs: ReadonlyMap<string, RefPin>;
  /** The last changes, the oldest first: what a branch had when another one was made from it. */
  readonly changes: readonly PinChange[];
}

/** What was read, verified, of one vault on one ref. */
export interface Sight {
  readonly vault: string;
  readonly fingerprint: string;
  readonly ref: string;
  readonly root: RootPin;
  readonly entries: ReadonlyMap<string, EntryPin>;
  /** In seconds since 1970. */
  readonly at: number;
  readonly lineage?: Lineage;
}

const ROLLBACK_HINTS = [
  'take up what is missing: git pull (or git merge)',
  'if going back is what you want, accept this branch as it is: lockstep trust --branch',
];

/** The bad news when a chain of roots (their hashes, the first first) is not what it has to be; null when it is. */
export function rootRegression(pins: Pins, expected: RefPin, hashes: readonly string[]): VaultFault | null {
  if (hashes[0] !== pins.fingerprint) {
    return new VaultFault(
      'vault/rolled-back',
      { file: ROOT_FILE },
      'is another vault under the id of one that this machine knows',
      [`git log -p -- ${ROOT_FILE}`],
    );
  }
  const { version, hash } = expected.root;
  if (hashes[version - 1] === hash) return null;
  const older = `ends at root ${hashes.length}, but this machine has seen root ${version}`;
  return rolledBack(
    ROOT_FILE,
    hashes.length < version ? older : `has another root ${version} than the one that this machine has seen`,
  );
}

/** Throws `vault/rolled-back` when the record at `group`/`name` (null: no file) is older than, or differs from, what was seen. */
export function requireNoRegression(expected: RefPin, group: string, name: string, record: EntryRecord | null): void {
  const pin = expected.entries.get(pinKey(group, name));
  if (pin === undefined) return;
  const file = entryFile(group, name);
  if (record === null) throw rolledBack(file, 'is gone without a trace of a removal, but this machine has seen it');
  if (record.revision < pin.revision) {
    throw rolledBack(file, `is at revision ${record.revision}, but this machine has seen revision ${pin.revision}`);
  }
  if (record.revision === pin.revision && record.signature !== pin.signature) {
    throw rolledBack(file, `differs from the revision ${pin.revision} that this machine has seen`);
  }
}

/** Throws `vault/rolled-back` when a newer root was seen on any ref: a change made now could serve removed members. */
export function requireNewestRoot(pins: Pins, hashes: readonly string[]): void {
  if (hashes.length >= pins.newest.version) return;
  const what = `ends at root ${hashes.length} and is not written to, because this machine has seen root ${pins.newest.version}`;
  throw new VaultFault('vault/rolled-back', { file: ROOT_FILE }, what, [
    'bring this branch up to date first: git pull (or git merge)',
  ]);
}

export function pinKey(group: string, name: string): string {
  return `${group}/${name}`;
}

function rolledBack(file: string, what: string): VaultFault {
  return new VaultFault('vault/rolled-back', { file }, what, ROLLBACK_HINTS);
}
