import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import type { LockOptions } from '../../util/lock.ts';
import { AgeKey } from '../age/age-x25519.ts';
import type { Group } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import type { Vault } from '../vault.ts';
import type { VaultStore } from '../vault-folder.ts';
import { sealForReader } from './group-key-sealing.ts';
import { finishRekey, finishRekeys, renewedKeys, requireKeeper } from './rekey.ts';
import { nextRootHash, requireVault, writeNextRoot } from './root-writing.ts';
import { withVaultLock } from './vault-lock.ts';

/** Called under the lock, when nothing refuses the change any more and before it is made. */
export type Beforehand = (vault: Vault) => Promise<void>;

/** Makes a group whose only reader and writer is the admin who makes it. */
export async function addGroup(
  store: VaultStore,
  identity: Identity,
  { name, pinned, beforehand }: { readonly name: string; readonly pinned: boolean; readonly beforehand?: Beforehand },
  options: LockOptions = {},
): Promise<Vault> {
  return asAdmin(store, identity, options, async (vault, by) => {
    requireFreshName(vault, name);
    await beforehand?.(vault);
    const key = AgeKey.generate();
    const group: Group = { recipient: key.recipient, epoch: 1, readers: [by], writers: [by], pinned };
    const groups = new Map(vault.groups).set(name, group);
    const root = nextRootHash(vault, by, { groups });
    const sealed = await sealForReader(key, identity, by, { vault: vault.id, group: name, epoch: 1, root });
    const keys = new Map(vault.document.keys).set(name, new Map([[by, sealed]]));
    return writeNextRoot(store, vault, { by, identity }, { groups, keys });
  });
}

/** In a pinned group only grants by digest count. */
export async function setPinned(
  store: VaultStore,
  identity: Identity,
  { name, pinned }: { readonly name: string; readonly pinned: boolean },
  options: LockOptions = {},
): Promise<Vault> {
  return asAdmin(store, identity, options, async (vault, by) => {
    const group = vault.requireGroup(name);
    if (group.pinned === pinned) return vault;
    const groups = new Map(vault.groups).set(name, { ...group, pinned });
    return writeNextRoot(store, vault, { by, identity }, { groups });
  });
}

/** Gives a group a new key, or finishes the re-key that was begun. `begun` tells which. Values stay as they are. */
export async function rekeyGroup(
  store: VaultStore,
  identity: Identity,
  name: string,
  options: LockOptions = {},
): Promise<{ readonly vault: Vault; readonly begun: boolean }> {
  return withVaultLock(store, options, async () => {
    const vault = await requireVault(store);
    const by = vault.requireWriter(name, identity);
    requireKeeper(vault, name, by);
    if (vault.document.retired?.has(name))
      return { vault: await finishRekey(store, vault, identity, name), begun: false };
    vault.requireAdmin(identity);
    const change = await renewedKeys(vault, identity, vault.members, vault.groups, [name]);
    const renewed = await writeNextRoot(store, vault, { by, identity }, change);
    return { vault: await finishRekey(store, renewed, identity, name), begun: true };
  });
}

/** The old files of a group stay signed forever, so no other group may have its name. Throws `name/invalid` or `name/taken`. */
export function requireFreshName({ groups, document }: Vault, name: string): void {
  if (!isName('slug', name))
    throw new LockstepError('name/invalid', `the name of a group is ${NAME_FORMS.slug}`, ['choose another name']);
  if (groups.has(name))
    throw new LockstepError('name/taken', `there is a group "${name}" already`, ['lockstep group list']);
  if (document.formerGroups?.includes(name))
    throw new LockstepError(
      'name/taken',
      `the vault had a group "${name}" before, and a former writer could restore its old files`,
      ['choose another name'],
    );
}

export async function asAdmin<T>(
  store: VaultStore,
  identity: Identity,
  options: LockOptions,
  change: (vault: Vault, by: string) => Promise<T>,
): Promise<T> {
  return withVaultLock(store, options, async () => {
    const found = await requireVault(store);
    const by = found.requireAdmin(identity);
    return change(await finishRekeys(store, found, identity), by);
  });
}
