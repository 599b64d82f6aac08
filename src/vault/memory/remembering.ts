import { LockstepError } from '../../errors.ts';
import { ROOT_FILE } from '../format/root-document.ts';
import { expectation, keptUnder, newer, UNNAMED } from './expectation.ts';
import { ROOT_KEY, withOwn } from './own-changes.ts';
import type { EntryPin, Observation, PinChange, Pins, RefPin, RootPin } from './pins.ts';

/** The limit for the entries of all changes together. */
const MOST_CHANGES = 1000;

/** The pins after `sight` was accepted. Pins only move forward. */
export function remember(pins: Pins | null, sight: Observation): Pins {
  const base = pins ?? firstPins(sight);
  const ref = keptUnder(base, sight.ref);
  const before = base.refs.size === 0 ? sight : heldTo(base, ref, sight);
  const entries = new Map(before.entries);
  for (const [key, pin] of sight.entries) {
    if (sight.accepted?.has(key) || pin.revision > (entries.get(key)?.revision ?? 0)) entries.set(key, pin);
  }
  const root = sight.accepted?.has(ROOT_KEY) ? sight.root : newer(before.root, sight.root);
  return withRef(base, { ...sight, ref }, { root, entries });
}

function heldTo(pins: Pins, ref: string, sight: Observation): RefPin {
  return ref === UNNAMED ? (pins.refs.get(UNNAMED) ?? sight) : expectation(pins, ref, sight.lineage);
}

/**
 * The pins after a person accepted the present state of one secret of a ref; `pin` is null where the secret has no
 * file.
 */
export function acceptEntry(pins: Pins, sight: Observation, key: string, pin: EntryPin | null): Pins {
  const before = expectation(pins, sight.ref, sight.lineage);
  const entries = new Map(before.entries);
  if (pin === null) entries.delete(key);
  else entries.set(key, pin);
  return withRef(pins, sight, { root: before.root, entries });
}

/** The pins after a person accepted the present state of a ref, even if older or forked. */
export function acceptRef(pins: Pins | null, sight: Observation): Pins {
  return withRef(pins ?? firstPins(sight), sight, { root: sight.root, entries: sight.entries });
}

function firstPins({ vault, fingerprint, root }: Observation): Pins {
  return { vault, fingerprint, newest: root, refs: new Map(), changes: [], own: [] };
}

function withRef(pins: Pins, sight: Observation, pin: RefPin): Pins {
  if (pins.fingerprint !== sight.fingerprint)
    throw new LockstepError('vault/rolled-back', `${ROOT_FILE}: became another vault meanwhile`);
  const home = sight.lineage?.home;
  const kept: RefPin = { root: pin.root, entries: pin.entries, ...(home !== undefined && { home }) };
  const refs = new Map([...pins.refs].filter(([ref, one]) => !isGone(ref, one, sight))).set(sight.ref, kept);
  const changes = withChange(pins, kept, sight);
  return { ...pins, newest: newestRoot(pins, refs, sight), refs, changes, own: withOwn(pins.own, sight.own ?? []) };
}

/**
 * A root that was made here, seen by no one else and discarded does not count as the newest, unless another branch has
 * it.
 */
function newestRoot({ newest }: Pins, refs: ReadonlyMap<string, RefPin>, { root, accepted }: Observation): RootPin {
  if (!accepted?.has(ROOT_KEY)) return newer(newest, root);
  return [...refs.values()].reduce((known, one) => newer(known, one.root), root);
}

/**
 * Branches that were deleted in this clone are forgotten: the user who deletes a branch gives up the states that only
 * it had.
 */
function isGone(ref: string, { home }: RefPin, { ref: present, lineage }: Observation): boolean {
  return ref !== present && home !== undefined && home === lineage?.home && lineage.isGone(ref);
}

function withChange({ refs, changes }: Pins, after: RefPin, { ref, at }: Observation): readonly PinChange[] {
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

/** The last changes, up to `MOST_CHANGES`. */
function newestChanges(changes: readonly PinChange[]): readonly PinChange[] {
  let size = 0;
  const first = changes.findLastIndex((change) => {
    size += 1 + change.entries.size;
    return size > MOST_CHANGES;
  });
  return changes.slice(first + 1);
}
