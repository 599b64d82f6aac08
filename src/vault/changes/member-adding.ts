import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import type { Group, Member } from '../format/root-document.ts';
import { cardText, type MemberCard } from '../identity/member-card.ts';
import type { Vault } from '../vault.ts';
import { sealForReader } from './group-key-sealing.ts';
import { byAdmin } from './rekey.ts';
import type { VaultChange, VaultEditor } from './vault-editor.ts';

/** Rights are only ever added: to take one away, remove the member and add them again. */
export interface MemberAddition {
  readonly name: string;
  /** Absent for an existing member. */
  readonly card?: MemberCard;
  /** Groups. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly admin: boolean;
}

/**
 * Adds a member, or rights to one. Only an admin can, and only a reader of a group can seal its key to a new reader.
 * Throws `name/invalid`, `member/unknown`, `member/invalid`, `vault/not-a-member`, `group/unknown`, or what any change
 * of the vault throws.
 */
export function addMember(addition: MemberAddition): VaultChange<Vault> {
  return byAdmin(async (editor) => {
    const { vault, identity } = editor;
    const member = memberAfter(vault, addition);
    const { name, read, write } = addition;
    for (const group of [...read, ...write]) vault.requireGroup(group);
    const members = new Map(vault.members).set(name, member);
    const groups = new Map(
      [...vault.groups].map(([group, state]) => [
        group,
        withRights(state, name, read.includes(group), write.includes(group)),
      ]),
    );
    const root = editor.nextRootHash({ members, groups });
    const keys = new Map(vault.document.keys);
    for (const [group, { readers, epoch }] of vault.groups) {
      if (!read.includes(group) || readers.includes(name)) continue;
      requireReader(editor, group);
      const key = vault.groupKey(group, identity);
      const sealed = await sealForReader(key, member, name, { vault: vault.id, group, epoch, root });
      keys.set(group, new Map(keys.get(group)).set(name, sealed));
    }
    await editor.writeRoot({ members, groups, keys });
    return editor.vault;
  });
}

/** The member with the additions of the card and the flag; refuses combinations that make no sense. */
function memberAfter(vault: Vault, { name, card, write, admin }: MemberAddition): Member {
  if (!isName('slug', name))
    throw new LockstepError('name/invalid', `the name of a member is ${NAME_FORMS.slug}`, ['choose another name']);
  const before = vault.members.get(name);
  const known = card ?? before;
  if (known === undefined)
    throw new LockstepError('member/unknown', `there is no member "${name}", and no card was given`, [
      `let them show it: lockstep whoami`,
      `lockstep member add ${name} CARD --read GROUP`,
    ]);
  if (card !== undefined) requireFittingCard(vault, name, card);
  const signing = card?.signing ?? before?.signing;
  if (signing === undefined && (admin || write.length > 0))
    throw new LockstepError('member/invalid', `"${name}" can only read: an age recipient alone cannot sign`, [
      'let them show their whole card: lockstep whoami',
    ]);
  return {
    recipient: known.recipient,
    ...(signing !== undefined && { signing }),
    admin: admin || before?.admin === true,
  };
}

/**
 * A key shared by two members would let one act as the other; a name that got another key would hide the change of
 * person.
 */
function requireFittingCard(vault: Vault, name: string, { recipient, signing }: MemberCard): void {
  for (const [other, member] of vault.members) {
    const isSame = member.recipient === recipient || (signing !== undefined && member.signing === signing);
    if (other !== name && isSame)
      throw new LockstepError('member/invalid', `the card is that of the member "${other}"`, ['lockstep member list']);
  }
  const before = vault.members.get(name);
  if (before === undefined) return;
  const isOther = before.recipient !== recipient || (before.signing ?? signing) !== (signing ?? before.signing);
  if (isOther)
    throw new LockstepError('member/invalid', `there is a member "${name}" with another card: ${cardText(before)}`, [
      'choose another name',
      `or, if the key was replaced: lockstep member remove ${name}, then add the new card`,
    ]);
}

/** Throws `vault/not-a-member`, which names the members who could do it. */
function requireReader({ vault, by }: VaultEditor, group: string): void {
  const { readers } = vault.requireGroup(group);
  if (readers.includes(by)) return;
  const message = `"${by}" cannot let others read group "${group}", whose key only its readers can open: ${readers.join(', ') || 'nobody'}`;
  const admin = readers.find((reader) => vault.members.get(reader)?.admin);
  const hint = `make one of them an admin, and ask them: lockstep member add ${readers[0] ?? 'NAME'} --admin`;
  throw new LockstepError('vault/not-a-member', message, [
    admin === undefined ? hint : `ask ${admin} to run the command`,
  ]);
}

function withRights(group: Group, name: string, reads: boolean, writes: boolean): Group {
  const withName = (names: readonly string[]): readonly string[] => [...new Set([...names, name])].sort();
  return {
    ...group,
    ...(reads && { readers: withName(group.readers) }),
    ...(writes && { writers: withName(group.writers) }),
  };
}
