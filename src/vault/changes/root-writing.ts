import { LockstepError } from '../../errors.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import { decodeRoot, encodeRoot, ROOT_FILE, type RootDocument } from '../format/root-document.ts';
import { verifyRoot } from '../trust/root-chain.ts';
import { requireProvenance } from '../trust/root-provenance.ts';
import { openVault, type Vault } from '../vault.ts';
import { ROOT_SIZE_LIMIT, type VaultStore } from '../vault-folder.ts';
import { prepareFolder, VAULT_FILE_MODE } from './vault-lock.ts';

/** Writes the file of the root and opens the resulting vault. Called under the vault's lock. */
export async function writeRootFile(place: VaultStore, document: RootDocument): Promise<Vault> {
  const text = encodeRoot(document);
  const written = decodeRoot(text);
  requireProvenance(written, verifyRoot(written)); // Never write a root that verification would refuse.
  const bytes = Buffer.from(text);
  if (bytes.length > ROOT_SIZE_LIMIT)
    throw new LockstepError('vault/full', `${ROOT_FILE}: would be larger than it may be`, [
      'have fewer members or groups in one vault',
    ]);
  await prepareFolder(place, 'vault');
  await replaceBeneath(place.root, ROOT_FILE, bytes, VAULT_FILE_MODE);
  const vault = await requireVault(place);
  await vault.trustStore.remember([]);
  return vault;
}

/** Throws `vault/missing` where no vault exists, or what opening throws. */
export async function requireVault(place: VaultStore): Promise<Vault> {
  const vault = await openVault(place);
  if (vault !== null) return vault;
  throw new LockstepError('vault/missing', `there is no vault in ${place.root}`, ['make one: lockstep init']);
}
