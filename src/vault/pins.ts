import { LockstepError } from '../errors.ts';
import { type EntryRecord, entryFile } from './entry-document.ts';
import { VaultFault } from './fault.ts';
import type { Lineage, Origin } from './lineage.ts';
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
  /** By full Git ref name. */
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

/** Entries of all changes together. */
const MOST_CHANGES = 1000;

const ROLLBACK_HINTS = [
  'take up what is missing: git pull (or git merge)',
  'if going back is what you want, accept this branch as it is: lockstep trust --branch',
];

/*
 * What a ref has to be at least. One that this machine has seen: what was seen on it. For one that it has not seen, the
 * strictest answer is the newest of everything seen on all refs; but then each branch off main would be refused as soon as
 * another one had a secret that is not merged yet. Two weaker answers are safe where they can be had:
 *
 * - Whoever uses this machine made the ref HERE from a local branch that is known: then it has to be at least what was
 *   known of that branch at that moment, as if the new branch had been looked at when it was made. An attacker cannot
 *   bring this about: what is fetched and checked out is made from a remote ref, and the reflog that tells the two apart
 *   is written by this machine alone (git-lineage.ts has the details). What they push into the branch later must still be
 *   as new as that.
 * - Else the remote's main branch, where its local namesake is known, as it is known NOW: a ref that has everything that
 *   was seen there can do no harm that a checkout of that branch cannot. Any other branch will not do: an old release
 *   branch that was accepted once would open the way for whatever an attacker hides behind its old vault.
 *
 * What is weaker is only what was seen on branches that are not merged; roots that were seen anywhere still forbid to
 * write under older ones (`requireNewestRoot`). Where Git tells nothing, the strictest answer stands.
 */
export function expectation(pins: Pins, ref: string, lineage?: Lineage): RefPin {
  const own = pins.refs.get(ref);
  if (own !== undefined) return own;
  for (const origin of lineage?.madeFrom() ?? []) {
    const then = pinAt(pins, origin);
    if (then !== null) return then;
  }
  const trunk = pins.refs.get(lineage?.trunk() ?? '');
  return trunk ?? newestOfAll(pins);
}

/** The pin that a ref had at a moment, as far back as changes are kept: then what it had soon after, which is stricter. */
function pinAt({ refs, changes }: Pins, { ref, at }: Origin): RefPin | null {
  const now = refs.get(ref);
  if (now === undefined) return null;
  let { root } = now;
  const entries = new Map(now.entries);
  for (const change of changes.toReversed()) {
    // In one second the order is not known: what was seen in it counts as seen before.
    if (change.ref !== ref || change.at <= at) continue;
    if (change.root === null) return null;
    root = change.root;
    for (const [key, pin] of change.entries) {
      if (pin === null) entries.delete(key);
      else entries.set(key, pin);
    }
  }
  return { root, entries };
}

function newestOfAll(pins: Pins): RefPin {
  const entries = new Map<string, EntryPin>();
  for (const other of pins.refs.values()) {
    for (const [key, pin] of other.entries) {
      if (pin.revision >= (entries.get(key)?.revision ?? 0)) entries.set(key, pin);
    }
  }
  return { root: pins.newest, entries };
}

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

/** The pins after `sight` was accepted. They only ever move forward. */
export function remember(pins: Pins | null, sight: Sight): Pins {
  const base = pins ?? firstPins(sight);
  const isFirst = base.refs.size === 0;
  const before = isFirst ? sight : expectation(base, sight.ref, sight.lineage);
  const entries = new Map(before.entries);
  for (const [key, pin] of sight.entries) {
    if (pin.revision > (entries.get(key)?.revision ?? 0)) entries.set(key, pin);
  }
  return withRef(base, sight, { root: newer(before.root, sight.root), entries });
}

/** The pins after a person accepted a ref as it stands, older or forked as it may be. */
export function acceptRef(pins: Pins | null, sight: Sight): Pins {
  return withRef(pins ?? firstPins(sight), sight, { root: sight.root, entries: sight.entries });
}

export function pinKey(group: string, name: string): string {
  return `${group}/${name}`;
}

function firstPins({ vault, fingerprint, root }: Sight): Pins {
  return { vault, fingerprint, newest: root, refs: new Map(), changes: [] };
}

function withRef(pins: Pins, sight: Sight, pin: RefPin): Pins {
  if (pins.fingerprint !== sight.fingerprint)
    throw new LockstepError('vault/rolled-back', `${ROOT_FILE}: became another vault meanwhile`);
  const home = sight.lineage?.home;
  const kept: RefPin = { root: pin.root, entries: pin.entries, ...(home !== undefined && { home }) };
  const refs = new Map([...pins.refs].filter(([ref, one]) => !isGone(ref, one, sight))).set(sight.ref, kept);
  const changes = withChange(pins, kept, sight);
  return { ...pins, newest: newer(pins.newest, sight.root), refs, changes };
}

/** Branches that were deleted in this clone are forgotten: who deletes one gives up what stood there alone. */
function isGone(ref: string, { home }: RefPin, { ref: present, lineage }: Sight): boolean {
  return ref !== present && home !== undefined && home === lineage?.home && lineage.isGone(ref);
}

function withChange({ refs, changes }: Pins, after: RefPin, { ref, at }: Sight): readonly PinChange[] {
  const before = refs.get(ref);
  const entries = new Map<string, EntryPin | null>();
  if (before !== undefined) {
    for (const key of new Set([...before.entries.keys(), ...after.entries.keys()])) {
      const old = before.entries.get(key);
      if (old?.signature !== after.entries.get(key)?.signature) entries.set(key, old ?? null);
    }
    if (entries.size === 0 && before.root.hash === after.root.hash) return changes;
  }
  return newestChanges([...changes, { ref, at, root: before?.root ?? null, entries }]);
}

/** As many of the last changes as are worth their place. */
function newestChanges(changes: readonly PinChange[]): readonly PinChange[] {
  let size = 0;
  const first = changes.findLastIndex((change) => {
    size += 1 + change.entries.size;
    return size > MOST_CHANGES;
  });
  return changes.slice(first + 1);
}

function newer(known: RootPin, seen: RootPin): RootPin {
  return seen.version > known.version ? seen : known;
}

function rolledBack(file: string, what: string): VaultFault {
  return new VaultFault('vault/rolled-back', { file }, what, ROLLBACK_HINTS);
}
