import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import { AgeKey } from '../age/age-x25519.ts';
import type { Group } from '../format/root-document.ts';
import type { Vault } from '../vault.ts';
import { sealForReader } from './group-key-sealing.ts';
import { byAdmin, finishRekey, renewedKeys, requireKeeper } from './rekey.ts';
import type { VaultChange } from './vault-editor.ts';

/** Called under the lock, after all checks of the change and before the change itself. */
export type Beforehand = (vault: Vault) => Promise<void>;

/** Makes a group whose only reader and writer is the admin who makes it. */
export function addGroup({
  name,
  pinned,
  beforehand,
}: {
  readonly name: string;
  readonly pinned: boolean;
  readonly beforehand?: Beforehand;
}): VaultChange<Vault> {
  return byAdmin(async (editor) => {
    const { vault, identity, by } = editor;
    requireFreshName(vault, name);
    await beforehand?.(vault);
    const key = AgeKey.generate();
    const group: Group = { recipient: key.recipient, epoch: 1, readers: [by], writers: [by], pinned };
    const groups = new Map(vault.groups).set(name, group);
    const root = editor.nextRootHash({ groups });
    const sealed = await sealForReader(key, identity, by, { vault: vault.id, group: name, epoch: 1, root });
    await editor.writeRoot({ groups, keys: new Map(vault.document.keys).set(name, new Map([[by, sealed]])) });
    return editor.vault;
  });
}

/** In a pinned group only grants by digest count. */
export function setPinned({ name, pinned }: { readonly name: string; readonly pinned: boolean }): VaultChange<Vault> {
  return byAdmin(async (editor) => {
    const group = editor.vault.requireGroup(name);
    if (group.pinned === pinned) return editor.vault;
    await editor.writeRoot({ groups: new Map(editor.vault.groups).set(name, { ...group, pinned }) });
    return editor.vault;
  });
}

/** Gives a group a new key (`begun`), or finishes a re-key that was begun before. Values do not change. */
export function rekeyGroup(name: string): VaultChange<{ readonly vault: Vault; readonly begun: boolean }> {
  return async (editor) => {
    const { vault, identity } = editor;
    vault.requireWriter(name, identity);
    requireKeeper(editor, name);
    const begun = vault.document.retired?.has(name) !== true;
    if (begun) {
      vault.requireAdmin(identity);
      await editor.writeRoot(await renewedKeys(editor, vault, [name]));
    }
    await finishRekey(editor, name);
    return { vault: editor.vault, begun };
  };
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
