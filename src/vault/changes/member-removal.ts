import { LockstepError } from '../../errors.ts';
import type { Draft, EntryRecord } from '../format/entry-document.ts';
import type { Group } from '../format/root-document.ts';
import type { WrittenEntry } from '../memory/pins.ts';
import type { Vault } from '../vault.ts';
import { byAdmin, finishRekey, renewedKeys, requireKeeper } from './rekey.ts';
import type { VaultChange, VaultEditor } from './vault-editor.ts';

export interface MemberRemoval {
  /** Groups that got a new key. */
  readonly rekeyed: readonly string[];
  /** The secrets that the member could read, which therefore have to be rotated at their source. */
  readonly exposed: readonly { readonly group: string; readonly name: string }[];
}

/**
 * Removes a member in an order that survives a kill at any point:
 *
 *   1. what they could read is marked as exposed, and what they signed is signed by the remover: still under the old root
 *   2. the next root, without them, gives the groups that they could read new keys
 *   3. the entries of those groups move to the new keys (rekey.ts)
 *
 * After a kill in 1 nothing has changed for them and the command is repeated; after one in 2 or 3 they are removed, and
 * this or any other change by a keeper of the groups finishes the moving. Only an admin can remove a member.
 */
export function removeMember(name: string): VaultChange<MemberRemoval> {
  return byAdmin(async (editor) => {
    if (!editor.vault.members.has(name)) return alreadyRemoved(editor.vault, name);
    const rights = requireRemovable(editor, name);
    const { read } = rights;
    for (const group of read) await finishRekey(editor, group);
    await takeOver(editor, name, rights);
    const { vault } = editor;
    const members = new Map([...vault.members].filter(([other]) => other !== name));
    const groups = new Map([...vault.groups].map(([group, state]) => [group, without(state, name)] as const));
    const change = await renewedKeys(editor, { members, groups }, read);
    await editor.writeRoot({ members, ...change });
    for (const group of read) await finishRekey(editor, group);
    return { rekeyed: read, exposed: await exposedTo(editor.vault, name) };
  });
}

/** The groups of a member, by right. */
interface MemberRights {
  readonly read: readonly string[];
  readonly written: readonly string[];
}

/** Step 1. One pass over the files, before anything else has changed. */
async function takeOver(editor: VaultEditor, name: string, { read, written }: MemberRights): Promise<void> {
  const { vault, by } = editor;
  const drafts: { readonly before: EntryRecord; readonly draft: Draft }[] = [];
  for (const group of new Set([...read, ...written])) {
    for (const secret of await vault.names(group)) {
      const record = await vault.record(group, secret);
      const next = record && afterwards(record, name, read.includes(group));
      if (record === null || next === null) continue;
      drafts.push({ before: record, draft: { ...next, by, revision: next.revision + 1 } });
    }
  }
  const changed: WrittenEntry[] = [];
  for (const { before, draft } of drafts) changed.push({ before, record: await editor.writeEntry(draft) });
  await vault.trustStore.rememberWritten(changed);
}

/** The record as it has to be after the removal; null where it needs no change. */
function afterwards(record: EntryRecord, name: string, wasReadable: boolean): EntryRecord | null {
  if (!record.removed && wasReadable && record.exposed?.includes(name) !== true)
    return { ...record, exposed: [...(record.exposed ?? []), name].sort() };
  return record.by === name ? record : null;
}

function requireRemovable(editor: VaultEditor, name: string): MemberRights {
  const { vault, by } = editor;
  const admins = [...vault.members].flatMap(([other, member]) => (member.admin ? other : []));
  if (admins.length === 1 && admins[0] === name)
    throw new LockstepError('member/needed', `"${name}" is the last admin of the vault`, [
      'make another one: lockstep member add NAME --admin',
    ]);
  if (name === by)
    throw new LockstepError('member/needed', 'you cannot remove yourself from the vault', [
      `let another admin do it: ${others(admins, by)}`,
    ]);
  const groupsOf = (role: 'readers' | 'writers'): string[] =>
    [...vault.groups].flatMap(([group, state]) => (state[role].includes(name) ? group : []));
  const [read, written] = [groupsOf('readers'), groupsOf('writers')];
  for (const group of read) {
    if (vault.groups.get(group)?.readers.length === 1)
      throw new LockstepError(
        'member/needed',
        `"${name}" is the last reader of group "${group}", whose values would be lost`,
        [`let them add another one first: lockstep member add ${by} --read ${group}`],
      );
    requireKeeper(editor, group);
  }
  for (const group of written) if (!read.includes(group)) vault.requireWriterNamed(group, by);
  return { read, written };
}

/** For a command that was killed after the removal, whose remaining work is done by now. */
async function alreadyRemoved(vault: Vault, name: string): Promise<MemberRemoval> {
  const exposed = await exposedTo(vault, name);
  if (exposed.length > 0) return { rekeyed: [], exposed };
  throw new LockstepError(
    'member/unknown',
    `there is no member "${name}"; there is: ${[...vault.members.keys()].join(', ')}`,
    ['lockstep member list'],
  );
}

async function exposedTo(vault: Vault, name: string): Promise<MemberRemoval['exposed']> {
  const perGroup = await Promise.all([...vault.groups.keys()].map((group) => vault.entries(group)));
  return perGroup.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.exposed?.includes(name) ? { group: entry.group, name: entry.name } : [])),
  );
}

function without(group: Group, name: string): Group {
  const isOther = (member: string): boolean => member !== name;
  return { ...group, readers: group.readers.filter(isOther), writers: group.writers.filter(isOther) };
}

function others(names: readonly string[], one: string): string {
  return names.filter((name) => name !== one).join(', ');
}
