import type { EntryRecord } from '../format/entry-document.ts';
import { VaultFault } from '../format/fault.ts';
import { ROOT_FILE } from '../format/root-document.ts';
import type { HeadMark, Lineage } from '../lineage.ts';

/*
 * The states of a vault that this machine has seen (PIN): signatures prove who wrote something, but only a memory
 * proves that nothing newer was removed. Everything here is pure; pin-file.ts stores it.
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

/** The pin of a ref before one change of it. */
export interface PinChange {
  readonly ref: string;
  /** When it changed, in seconds since 1970. */
  readonly at: number;
  /** Null: the ref had not been seen. */
  readonly root: RootPin | null;
  /** The pins of the entries that changed; null where an entry had not been seen. */
  readonly entries: ReadonlyMap<string, EntryPin | null>;
}

/** The effect of undoing a change: nothing that matters, an older value, or a right that the change removed. */
export type Undoing = 'nothing' | 'value' | 'access';

/** A change that this machine wrote itself. */
export interface OwnChange {
  /** `GROUP/NAME`, or `ROOT_KEY`. */
  readonly key: string;
  readonly after: EntryPin;
  readonly before: EntryPin | null;
  readonly undoing: Undoing;
  /** The end of Git's log of HEAD when the change was written. */
  readonly mark?: HeadMark;
}

export interface Pins {
  readonly vault: string;
  /** Hash of the first root: identifies the vault, regardless of the id that a file claims. */
  readonly fingerprint: string;
  /** The newest root seen on any ref. */
  readonly newest: RootPin;
  /**
   * By full Git ref name, by `commit:HASH` or `folder:PATH` if a person accepted that place by name, and by `UNNAMED`.
   */
  readonly refs: ReadonlyMap<string, RefPin>;
  /** The last changes, the oldest first: they tell what a branch had when another branch was made from it. */
  readonly changes: readonly PinChange[];
  /** Changes that this machine wrote itself, the oldest first. */
  readonly own: readonly OwnChange[];
}

/** A record that was just written, and what it replaced. */
export interface WrittenEntry {
  readonly before: EntryRecord | null;
  readonly record: EntryRecord;
}

/** The verified state of one vault on one ref. */
export interface Observation {
  readonly vault: string;
  readonly fingerprint: string;
  readonly ref: string;
  readonly root: RootPin;
  readonly entries: ReadonlyMap<string, EntryPin>;
  /** In seconds since 1970. */
  readonly at: number;
  readonly lineage?: Lineage;
  /** The entries written with it. */
  readonly own?: readonly OwnChange[];
  /** Keys whose state counts although this machine had seen another state. */
  readonly accepted?: ReadonlySet<string>;
}

/** The fault when a chain (the hash of its first root) belongs to another vault; else null. */
export function otherVault(pins: Pins, first: string | undefined): VaultFault | null {
  if (first === pins.fingerprint) return null;
  return new VaultFault(
    'vault/rolled-back',
    { file: ROOT_FILE },
    'is a different vault with the id of one that this machine knows',
    [`git log -p -- ${ROOT_FILE}`],
  );
}

/** Whether a record (null: no file) is older than, or differs from, what was seen. */
export function isRegression(pin: EntryPin, found: EntryPin | null): boolean {
  if (found === null || found.revision < pin.revision) return true;
  return found.revision === pin.revision && found.signature !== pin.signature;
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

export function pinsOf(records: readonly EntryRecord[]): Map<string, EntryPin> {
  return new Map(records.map((record) => [pinKey(record.group, record.name), pinOf(record)]));
}

export function pinOf({ revision, signature }: EntryRecord): EntryPin {
  return { revision, signature };
}

export function asPin({ version, hash }: RootPin): EntryPin {
  return { revision: version, signature: hash };
}
