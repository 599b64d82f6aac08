import { LockstepError } from '../../errors.ts';
import { seal } from '../age/age.ts';
import { AgeKey } from '../age/age-x25519.ts';
import type { Draft, Entry } from '../format/entry-document.ts';
import { VaultFault } from '../format/fault.ts';
import type { Member, SealedKey } from '../format/root-document.ts';
import type { WrittenEntry } from '../memory/pins.ts';
import type { Vault } from '../vault.ts';
import { type SealedKeyId, sealForReader, sealForSuccessor } from './group-key-sealing.ts';
import type { RootChange, VaultChange, VaultEditor } from './vault-editor.ts';

/*
 * A re-key in steps, each of which leaves every value readable to its readers:
 *
 *   root with a new key; the old one, sealed to it, stands under `retired`  ->  entries move, one file at a time
 *   ->  `retired` is removed with the last of them
 *
 * If it is killed in between, the next change by a member who reads and writes the group continues where it stopped.
 */

/** The fields of the next root that give these groups new keys, for the members and readers of that root. */
export async function renewedKeys(
  editor: VaultEditor,
  { members, groups }: Required<Pick<RootChange, 'members' | 'groups'>>,
  renewed: readonly string[],
): Promise<Required<Pick<RootChange, 'groups' | 'keys' | 'retired'>>> {
  const { vault, identity } = editor;
  const fresh = new Map(renewed.map((name) => [name, AgeKey.generate()] as const));
  const next = new Map(groups);
  for (const [name, key] of fresh) {
    const group = vault.requireGroup(name);
    next.set(name, { ...(groups.get(name) ?? group), recipient: key.recipient, epoch: group.epoch + 1 });
  }
  const root = editor.nextRootHash({ members, groups: next });
  const keys = new Map(vault.document.keys);
  const retired = new Map(vault.document.retired);
  for (const [name, key] of fresh) {
    const { epoch, readers } = next.get(name) ?? vault.requireGroup(name);
    const place = { vault: vault.id, group: name, root };
    const old = vault.groupKey(name, identity);
    retired.set(name, await sealForSuccessor(old, key, { ...place, epoch: epoch - 1 }));
    keys.set(name, await sealedForAll(key, readers, members, { ...place, epoch }));
  }
  return { groups: next, keys, retired };
}

/** Moves everything in the group to its present key, then forgets the old one. Throws what reading and writing throw. */
export async function finishRekey(editor: VaultEditor, group: string): Promise<void> {
  const { vault } = editor;
  if (vault.document.retired?.has(group) !== true) return;
  const outdated = await entriesBefore(vault, group);
  await vault.trustStore.remember(outdated);
  const { recipient, epoch } = vault.requireGroup(group);
  const present = { vault: vault.id, group, recipient, epoch, root: vault.rootHash };
  const moved: WrittenEntry[] = [];
  for (const entry of outdated)
    moved.push({ before: entry, record: await editor.writeEntry(await sealedAnew(editor, entry, present)) });
  await vault.trustStore.rememberWritten(moved);
  await editor.dropRetiredKey(group);
}

/**
 * Calls `finishRekey` for every group that this member can move; a damaged file holds up its group until it is
 * repaired.
 */
export async function finishRekeys(editor: VaultEditor): Promise<void> {
  const { vault, by } = editor;
  for (const group of vault.document.retired?.keys() ?? []) {
    if (!isKeeper(vault, group, by)) continue;
    try {
      await finishRekey(editor, group);
    } catch (error) {
      if (!(error instanceof VaultFault)) throw error;
    }
  }
}

/** Wraps a change that only an admin may make; finishes the vault's re-keys first. */
export function byAdmin<T>(change: VaultChange<T>): VaultChange<T> {
  return async (editor) => {
    editor.vault.requireAdmin(editor.identity);
    await finishRekeys(editor);
    return change(editor);
  };
}

/**
 * A re-key opens and signs everything, so the member has to read and write. Else throws `vault/not-a-member`, which
 * names the members who can.
 */
export function requireKeeper({ vault, by: member }: VaultEditor, group: string): void {
  if (isKeeper(vault, group, member)) return;
  const { readers, writers } = vault.requireGroup(group);
  const keepers = readers.filter((name) => writers.includes(name));
  const message = `"${member}" cannot re-key group "${group}": it needs read and write access; members with both: ${keepers.join(', ') || 'nobody'}`;
  const [keeper] = keepers;
  const admin = keepers.find((name) => vault.members.get(name)?.admin);
  throw new LockstepError('vault/not-a-member', message, [
    ...(admin !== undefined ? [`ask ${admin} to run the command`] : []),
    ...(admin === undefined && keeper !== undefined
      ? [`make one of them an admin, and ask them: lockstep member add ${keeper} --admin`]
      : []),
    `or let a reader who is an admin add you: lockstep member add ${member} --read ${group} --write ${group}`,
  ]);
}

function isKeeper(vault: Vault, group: string, member: string): boolean {
  const { readers, writers } = vault.requireGroup(group);
  return readers.includes(member) && writers.includes(member);
}

async function entriesBefore(vault: Vault, group: string): Promise<readonly Entry[]> {
  const epoch = vault.groups.get(group)?.epoch;
  const found: Entry[] = [];
  for (const name of await vault.names(group)) {
    const entry = await vault.entry(group, name);
    if (entry !== null && entry.epoch !== epoch) found.push(entry);
  }
  return found;
}

/** A group's key that values are sealed to, its name, and the root that holds it. */
export interface SealingKey extends SealedKeyId {
  readonly recipient: string;
}

/** The same value, version and metadata under another key. */
export async function sealedAnew(
  { vault, identity, by }: VaultEditor,
  entry: Entry,
  { recipient, ...place }: SealingKey,
): Promise<Draft> {
  const { name, version } = entry;
  const { group, epoch } = place;
  const value = await vault.unseal(entry, identity);
  try {
    const ciphertext = await seal(value.reveal(), recipient, { of: 'entry', name, version, ...place });
    return { ...entry, group, epoch, ciphertext, revision: entry.revision + 1, by };
  } finally {
    value.dispose();
  }
}

export async function sealedForAll(
  key: AgeKey,
  readers: readonly string[],
  members: ReadonlyMap<string, Member>,
  place: SealedKeyId,
): Promise<Map<string, SealedKey>> {
  const sealed = new Map<string, SealedKey>();
  for (const [name, member] of members) {
    if (readers.includes(name)) sealed.set(name, await sealForReader(key, member, name, place));
  }
  return sealed;
}
