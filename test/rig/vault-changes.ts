import type { LockOptions } from '../../src/util/lock.ts';
import * as groups from '../../src/vault/changes/group-changes.ts';
import * as groupRemoval from '../../src/vault/changes/group-removal.ts';
import * as memberAdding from '../../src/vault/changes/member-adding.ts';
import * as memberRemoval from '../../src/vault/changes/member-removal.ts';
import { editVault, type VaultChange } from '../../src/vault/changes/vault-editor.ts';
import * as writer from '../../src/vault/changes/writer.ts';
import type { Identity } from '../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';

/* Single changes, each in an editor of its own, as a command makes them. */

export const setSecret = alone(writer.setSecret);
export const removeSecret = alone(writer.removeSecret);
export const describeSecret = alone(writer.describeSecret);
export const grantSecret = aloneWith(writer.grantSecret);
export const revokeSecret = aloneWith(writer.revokeSecret);
export const addMember = alone(memberAdding.addMember);
export const removeMember = alone(memberRemoval.removeMember);
export const addGroup = alone(groups.addGroup);
export const setPinned = alone(groups.setPinned);
export const rekeyGroup = alone(groups.rekeyGroup);
export const removeGroup = alone(groupRemoval.removeGroup);
export const renameGroup = alone(groupRemoval.renameGroup);

function alone<A, T>(change: (of: A) => VaultChange<T>) {
  return async (store: VaultStore, identity: Identity, of: A, options?: LockOptions): Promise<T> =>
    editVault(store, identity, change(of), options);
}

function aloneWith<A, B, T>(change: (of: A, by: B) => VaultChange<T>) {
  return async (store: VaultStore, identity: Identity, of: A, by: B, options?: LockOptions): Promise<T> =>
    editVault(store, identity, change(of, by), options);
}
