import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { LockstepError, systemReason } from '../../errors.ts';
import { TEMPORARY_NAME } from '../../util/atomic-file.ts';
import { type LockOptions, withLock } from '../../util/lock.ts';
import { madeFolder } from '../../util/write-beneath.ts';
import { sha256 } from '../age/signature.ts';
import type { VaultStore } from '../vault-folder.ts';

/** The mode of vault files: everyone who can read the repository may read them. */
export const VAULT_FILE_MODE = 0o644;

/** Runs `work` while no other process of this machine writes the vault of this checkout. */
export async function withVaultLock<T>(place: VaultStore, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const name = sha256(await fs.realpath(place.root)).slice(0, 32);
  return withLock(join(place.stateDir, 'locks', `vault-${name}.lock`), options, work);
}

/** Makes a folder of the vault and removes files that killed writers left in it. Only the lock's holder may call it. */
export async function prepareFolder(place: VaultStore, folder: string): Promise<void> {
  const held = madeFolder(place.root, folder);
  try {
    const left = (await fs.readdir(held.path)).filter((name) => TEMPORARY_NAME.test(name));
    for (const name of left) await fs.rm(join(held.path, name), { force: true });
  } catch (error) {
    const what = `the folder ${folder} cannot be made or written (${systemReason(error)})`;
    throw new LockstepError('file/unwritable', what, [`ls -ld '${join(place.root, folder)}'`], error);
  } finally {
    held.close();
  }
}
