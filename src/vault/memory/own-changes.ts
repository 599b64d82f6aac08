import type { EntryRecord } from '../format/entry-document.ts';
import type { Group, RootDocument } from '../format/root-document.ts';
import type { EntryPin, OwnChange, Undoing } from './pins.ts';

/*
 * The changes that this machine wrote itself. Without them every undo by Git looks like a rollback: the older file is
 * the same whether its own author discarded a change or an attacker removed it. They are kept in the state folder,
 * which only this user can write.
 */

/** The key of members and groups, whose versions and hashes stand for revisions and signatures. */
export const ROOT_KEY = 'vault';
const MOST_CHANGES = 1000;

/** The relation of the state found to the state seen last. */
export type Relation =
  | { readonly how: 'undone'; readonly changes: readonly OwnChange[] }
  /**
   * Both states are changes of the same earlier state. `mine`: the state seen was made in a Git work tree of this
   * machine.
   */
  | { readonly how: 'beside'; readonly mine: boolean }
  | { readonly how: 'older' };

export function relationOf(own: readonly OwnChange[], key: string, seen: EntryPin, found: EntryPin | null): Relation {
  const changes: OwnChange[] = [];
  let present: EntryPin | null = seen;
  for (const change of own.toReversed()) {
    if (change.key !== key || change.after.signature !== present?.signature) continue;
    changes.push(change);
    present = change.before;
    if (present?.signature === found?.signature) return { how: 'undone', changes };
  }
  // Revisions below that count are older than the state that this machine continued from.
  const count = changes.length === 0 ? seen.revision - 1 : (present?.revision ?? 0);
  if (found === null || found.revision <= count) return { how: 'older' };
  return { how: 'beside', mine: changes[0]?.mark !== undefined };
}

/** The most serious effect of undoing all of the changes. */
export function worstOf(changes: readonly OwnChange[]): Undoing {
  const all = changes.map(({ undoing }) => undoing);
  return all.includes('access') ? 'access' : all.includes('value') ? 'value' : 'nothing';
}

export function withOwn(own: readonly OwnChange[], added: readonly OwnChange[]): readonly OwnChange[] {
  return added.length === 0 ? own : [...own, ...added].slice(-MOST_CHANGES);
}

export function undoingOf(before: EntryRecord | null, after: EntryRecord): Undoing {
  if (before === null || before.removed) return 'nothing';
  if (after.removed || before.allow.some((grant) => !after.allow.includes(grant))) return 'access';
  return before.version === after.version ? 'nothing' : 'value';
}

export function undoingOfRoot(before: RootDocument, after: RootDocument): Undoing {
  const keepsMembers = [...before.members].every(([name, { recipient, signing, admin }]) => {
    const now = after.members.get(name);
    return now?.recipient === recipient && (signing ?? now.signing) === now.signing && (now.admin || !admin);
  });
  const keepsGroups = [...before.groups].every(([name, group]) => isWider(after.groups.get(name), group));
  return keepsMembers && keepsGroups ? 'nothing' : 'access';
}

function isWider(after: Group | undefined, before: Group): boolean {
  return (
    after?.recipient === before.recipient &&
    before.readers.every((name) => after.readers.includes(name)) &&
    before.writers.every((name) => after.writers.includes(name)) &&
    (before.pinned || !after.pinned)
  );
}
