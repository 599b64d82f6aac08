import type { Lineage, Origin } from '../lineage.ts';
import type { Pins, RefPin, RootPin } from './pins.ts';

/*
 * The least state that a ref must have. For a ref that this machine has seen, it is the state seen there. For any other
 * ref, the strictest answer is the newest of everything seen on all refs; but then each branch off main would be refused as
 * soon as another one had a secret that is not merged yet. Two weaker answers are safe where they are available:
 *
 * - The user of this machine made the ref HERE from a known local branch: then it must have at least the state known of
 *   that branch at that moment, as if the new branch had been read when it was made. An attacker cannot cause this: a
 *   fetched branch is made from a remote ref, and only this machine writes the reflog that shows the difference
 *   (git-lineage.ts has the details). What they push into the branch later must still be as new as that.
 * - Else the remote's main branch, where its local namesake is known, as it is known NOW: a ref that has everything that
 *   was seen there can do no harm that a checkout of that branch cannot. Any other branch will not do: an old release
 *   branch that was accepted once would open the way for whatever an attacker hides behind its old vault.
 *
 * Only states seen on unmerged branches are weaker; roots that were seen anywhere still forbid writing under older ones
 * (`requireNewestRoot`). Where Git has no record, the strictest answer applies.
 *
 * Only a branch has a memory of its own. States seen outside Git and on a detached HEAD go into one memory. It counts
 * for every place without its own and never replaces one: an older state that a person accepts there is kept under the
 * name of that folder or commit and is accepted nowhere else.
 */

/** The memory of what was seen outside Git and on detached HEADs. */
export const UNNAMED = 'unnamed';

/** The name under which this machine keeps what it saw at a place. */
export function keptUnder({ refs }: Pins, ref: string): string {
  return isBranch(ref) || refs.has(ref) ? ref : UNNAMED;
}

function isBranch(ref: string): boolean {
  return ref.startsWith('refs/');
}

export function expectation(pins: Pins, ref: string, lineage?: Lineage): RefPin {
  const own = pins.refs.get(ref);
  if (own !== undefined) return own;
  for (const origin of lineage?.madeFrom() ?? []) {
    const then = pinAt(pins, origin);
    if (then !== null) return then;
  }
  const trunk = lineage?.trunk();
  const base = (trunk === undefined ? undefined : pins.refs.get(trunk)) ?? newestOfAll(pins);
  const unnamed = pins.refs.get(UNNAMED);
  return newestOf(base, unnamed === undefined ? [] : [unnamed]);
}

/** The pin that a ref had at a moment, or the oldest one still recorded, which is newer and so stricter. */
function pinAt({ refs, changes }: Pins, { ref, at }: Origin): RefPin | null {
  const now = refs.get(ref);
  if (now === undefined) return null;
  let { root } = now;
  const entries = new Map(now.entries);
  for (const change of changes.toReversed()) {
    // The order within one second is unknown: states seen in that second count as seen before.
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

function newestOfAll({ newest, refs }: Pins): RefPin {
  return newestOf({ root: newest, entries: new Map() }, refs.values());
}

/** The newer root, and the highest revision of each entry. */
export function newestOf(first: RefPin, others: Iterable<RefPin>): RefPin {
  let { root } = first;
  const entries = new Map(first.entries);
  for (const other of others) {
    root = newer(root, other.root);
    for (const [key, pin] of other.entries) {
      if (pin.revision > (entries.get(key)?.revision ?? 0)) entries.set(key, pin);
    }
  }
  return { root, entries };
}

export function newer(known: RootPin, seen: RootPin): RootPin {
  return seen.version > known.version ? seen : known;
}
