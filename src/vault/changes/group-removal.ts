import { LockstepError } from '../../errors.ts';
import { removeBeneath, removeFolderBeneath } from '../../util/write-beneath.ts';
import { AgeKey } from '../age/age-x25519.ts';
import { type Draft, entryFile } from '../format/entry-document.ts';
import type { Group } from '../format/root-document.ts';
import type { WrittenEntry } from '../memory/pins.ts';
import type { Vault } from '../vault.ts';
import { listGroupFolder, listVaultFolders, type VaultStore } from '../vault-folder.ts';
import { type Beforehand, requireFreshName } from './group-changes.ts';
import { byAdmin, finishRekey, requireKeeper, sealedAnew, sealedForAll } from './rekey.ts';
import type { RootChange, VaultChange, VaultEditor } from './vault-editor.ts';
import { prepareFolder } from './vault-lock.ts';

/*
 * One root ends a group and is the point of no return: before it the group is whole; after it the group is gone and
 * only its files are left. If the command is killed after that root, repeating it removes the files.
 *
 * Signatures and ciphertexts name the group, so a renamed one is a new group with a new key: its files are written before
 * the root, while no group of that name exists, so that no one reads them.
 */

/** The files that a removed group leaves. */
export interface GroupEnd {
  /** Whether its folder holds files that are not secrets. They remain. */
  readonly leftovers: boolean;
}

/**
 * Counts the secrets that are removed with the group. Throws `group/unknown`, and `group/needed` for the last group.
 */
export async function secretsToLose(store: VaultStore, vault: Vault, name: string): Promise<number> {
  if (isFormer(store, vault, name)) return listGroupFolder(store, name).names.length;
  const { entries, findings } = await vault.entries(name);
  if (vault.groups.size > 1) return entries.length + findings.length;
  throw new LockstepError('group/needed', `"${name}" is the last group, and a vault has at least one`, [
    'lockstep group add NAME',
  ]);
}

/** Removes a group with all its secrets. Only an admin can. */
export function removeGroup(name: string): VaultChange<GroupEnd & { readonly secrets: number }> {
  return byAdmin(async (editor) => {
    const { store, vault } = editor;
    const secrets = await secretsToLose(store, vault, name);
    if (vault.groups.has(name)) await editor.writeRoot(withoutGroup(vault, name));
    return { secrets, ...(await clearFolder(store, name)) };
  });
}

export interface GroupRenaming {
  readonly from: string;
  readonly to: string;
  readonly beforehand?: Beforehand;
}

/**
 * Gives a group another name and a new key. Readers, writers and grants remain. Only an admin who reads and writes the
 * group can.
 */
export function renameGroup({
  from,
  to,
  beforehand,
}: GroupRenaming): VaultChange<GroupEnd & { readonly vault: Vault }> {
  return byAdmin(async (editor) => {
    const { store, vault: found } = editor;
    if (isFormer(store, found, from) && found.groups.has(to))
      return { vault: found, ...(await clearFolder(store, from)) };
    found.requireGroup(from);
    requireFreshName(found, to);
    requireKeeper(editor, from);
    await finishRekey(editor, from);
    const { change, drafts } = await renamed(editor, from, to);
    requireOwnFiles(store, to, drafts);
    await beforehand?.(editor.vault);
    const written: WrittenEntry[] = [];
    for (const draft of drafts) written.push({ before: null, record: await editor.writeEntry(draft) });
    await editor.writeRoot(change);
    await editor.vault.trustStore.rememberWritten(written);
    return { vault: editor.vault, ...(await clearFolder(store, from)) };
  });
}

/**
 * Makes the next root and seals every secret for it. If a secret would be lost, throws the refusal of the first one.
 */
async function renamed(editor: VaultEditor, from: string, to: string) {
  const { vault } = editor;
  const { entries, findings } = await vault.entries(from);
  const [bad] = findings;
  if (bad !== undefined) throw new LockstepError(bad.code, `not every secret can be moved: ${bad.message}`, bad.hints);
  const key = AgeKey.generate();
  const group: Group = { ...vault.requireGroup(from), recipient: key.recipient, epoch: 1 };
  const { keys: kept, ...rest } = withoutGroup(vault, from);
  const groups = new Map(rest.groups).set(to, group);
  const root = editor.nextRootHash({ groups, formerGroups: rest.formerGroups });
  const place = { vault: vault.id, group: to, epoch: 1, root };
  const keys = new Map(kept).set(to, await sealedForAll(key, group.readers, vault.members, place));
  const drafts: Draft[] = [];
  for (const entry of entries) drafts.push(await sealedAnew(editor, entry, { ...place, recipient: key.recipient }));
  return { change: { ...rest, groups, keys }, drafts };
}

function withoutGroup({ document }: Vault, name: string): Required<Omit<RootChange, 'members'>> {
  const without = <T>(map: ReadonlyMap<string, T> = new Map()) => new Map([...map].filter(([other]) => other !== name));
  return {
    groups: without(document.groups),
    keys: without(document.keys),
    retired: without(document.retired),
    formerGroups: [...(document.formerGroups ?? []), name].sort(),
  };
}

/** Whether the group is gone and its folder is still there. */
function isFormer(store: VaultStore, { document }: Vault, name: string): boolean {
  return document.formerGroups?.includes(name) === true && listVaultFolders(store).includes(name);
}

/** The folder may hold files of this rename, left when it was killed, but no others. */
function requireOwnFiles(store: VaultStore, group: string, drafts: readonly Draft[]): void {
  const names = new Set(drafts.map(({ name }) => name));
  const strange = listGroupFolder(store, group).names.find((name) => !names.has(name));
  if (strange === undefined) return;
  throw new LockstepError('name/taken', `${entryFile(group, strange)} already exists`, [
    'choose another name, or move the file away',
  ]);
}

async function clearFolder(store: VaultStore, group: string): Promise<GroupEnd> {
  const folder = `vault/${group}`;
  await prepareFolder(store, folder); // Also removes the files that killed writers left.
  for (const name of listGroupFolder(store, group).names) removeBeneath(store.root, entryFile(group, name));
  return { leftovers: !removeFolderBeneath(store.root, folder) };
}
