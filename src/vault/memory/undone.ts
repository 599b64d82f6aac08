import { decodeEntry } from '../format/entry-document.ts';
import { unlessFaulty } from '../format/fault.ts';
import { decodeRoot } from '../format/root-document.ts';
import type { HeldForm, Lineage } from '../lineage.ts';
import { verifyRoot } from '../trust/root-chain.ts';
import { type Relation, ROOT_KEY, relationOf, worstOf } from './own-changes.ts';
import type { EntryPin, OwnChange, Undoing } from './pins.ts';

/*
 * A vault file differs from what this machine saw last. An attacker may have rolled it back, or its own user has undone a
 * change with Git or settled a merge. The decision uses two records that an attacker cannot write: this machine's memory of
 * its own changes, and Git's log of HEAD. An attacker who can push chooses commits and their order, but not which of them
 * were made in this work tree. An attacker who can write files of the checkout can restore the content of a commit. So:
 *
 * - A discarded change is one that this machine wrote and that no commit of this work tree ever had: nobody else has seen
 *   it. `git checkout -- FILE` leaves no trace that a program in the checkout could not imitate by writing the file. So
 *   it is accepted only where it brings nothing back: a new secret, a grant that was added, a description. Only a
 *   person, who names it, can accept an older value or a right that the change removed.
 * - A merge counts when it was made in this work tree, when one side had the state seen and the other the state found,
 *   and when no common ancestor had the state seen: then both sides changed the file, and Git asked a person. A
 *   fast-forward and a rebase take the other side without a question, so they do not count.
 * - A change that was committed may have been pushed: its absence is reported with the commit, and a person decides.
 */

export type RegressionCause =
  | {
      readonly how: 'undone';
      readonly committed: 'never' | 'unknown' | { readonly commit: string };
      readonly undoing: Undoing;
      readonly changes: readonly OwnChange[];
    }
  | { readonly how: 'beside'; readonly mine: boolean; readonly merged: boolean }
  | { readonly how: 'older' };

export interface RegressionCase {
  /** From the repository's root. */
  readonly file: string;
  readonly key: string;
  readonly seen: EntryPin;
  /** Null: there is no file. */
  readonly found: EntryPin | null;
}

/** Finds how a state that this machine has seen was undone. */
export async function regressionCauseOf(
  own: readonly OwnChange[],
  lineage: Lineage | undefined,
  asked: RegressionCase,
): Promise<RegressionCause> {
  const relation: Relation = relationOf(own, asked.key, asked.seen, asked.found);
  if (relation.how === 'beside') {
    const merges = (await lineage?.mergesHere(asked.file)) ?? [];
    return { ...relation, merged: merges.some(isSettled(asked)) };
  }
  if (relation.how === 'older') return relation;
  const { changes } = relation;
  return { how: 'undone', changes, undoing: worstOf(changes), committed: await committed(changes, lineage, asked) };
}

/** Whether the present state may be used without asking: it brings nothing back, or a person chose it in a merge. */
export function isAccepted(story: RegressionCause): boolean {
  if (story.how === 'undone') return story.committed === 'never' && story.undoing === 'nothing';
  return story.how === 'beside' && story.merged;
}

/** Whether a new value may replace the present state: the older value is lost, and no one regains access. */
export function isReplaceable(story: RegressionCause): boolean {
  return story.how === 'undone' && story.committed === 'never' && story.undoing !== 'access';
}

async function committed(
  changes: readonly OwnChange[],
  lineage: Lineage | undefined,
  { file, key }: RegressionCase,
): Promise<'never' | 'unknown' | { commit: string }> {
  const mark = changes.at(-1)?.mark;
  const forms = mark === undefined ? null : ((await lineage?.formsSince(mark, file)) ?? null);
  if (forms === null) return 'unknown';
  const holder = forms.findLast(({ text }: HeldForm) => changes.some(({ after }) => holds(key, file, text, after)));
  return holder === undefined ? 'never' : { commit: holder.commit };
}

function isSettled({ key, file, seen, found }: RegressionCase) {
  const has = (text: string | null, pin: EntryPin | null): boolean => pin !== null && holds(key, file, text, pin);
  return ({ ours, theirs, result, bases }: Awaited<ReturnType<Lineage['mergesHere']>>[number]): boolean =>
    has(ours, seen) && has(theirs, found) && has(result, found) && bases.every((base) => !has(base, seen));
}

function holds(key: string, file: string, text: string | null, { revision, signature }: EntryPin): boolean {
  if (text === null) return false;
  if (key !== ROOT_KEY) return unlessFaulty(() => decodeEntry(file, text))?.signature === signature;
  return unlessFaulty(() => verifyRoot(decodeRoot(text)))?.[revision - 1] === signature;
}
