import { LockstepError } from '../../errors.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import { decodeRoot, encodeRoot, ROOT_FILE, type RootDocument } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import { undoingOfRoot } from '../memory/own-changes.ts';
import { nextHash, signLink, verifyRoot } from '../trust/root-chain.ts';
import { requireProvenance } from '../trust/root-provenance.ts';
import { openVault, type Vault } from '../vault.ts';
import { ROOT_SIZE_LIMIT, type VaultStore } from '../vault-folder.ts';
import { prepareFolder, VAULT_FILE_MODE } from './vault-lock.ts';

/** What a change of members and groups replaces; everything else stays. */
export type RootChange = Partial<Pick<RootDocument, 'members' | 'groups' | 'formerGroups' | 'keys' | 'retired'>>;

/** The admin who signs, and their name. */
export interface Signer {
  readonly by: string;
  readonly identity: Identity;
}

/** The next root of the chain, signed, written and remembered; the vault as it is then. Called under the vault's lock. */
export async function writeNextRoot(
  place: VaultStore,
  vault: Vault,
  { by, identity }: Signer,
  change: RootChange,
): Promise<Vault> {
  const state = { ...vault.document, ...change };
  const link = signLink(state, by, identity, removedBy(vault, change));
  const written = await writeRootFile(place, { ...state, roots: [...state.roots, link] });
  const before = { version: vault.document.roots.length, hash: vault.rootHash };
  await written.trustStore.rememberWrittenRoot(before, undoingOfRoot(vault.document, written.document));
  return written;
}

/** The hash of the root that `writeNextRoot` makes of the change: what is sealed for it has to name it. */
export function nextRootHash(
  vault: Vault,
  by: string,
  change: Pick<RootChange, 'members' | 'groups' | 'formerGroups'>,
): string {
  return nextHash({ ...vault.document, ...change }, by, removedBy(vault, change));
}

function removedBy(vault: Vault, { members }: RootChange): readonly string[] {
  return members === undefined ? [] : [...vault.members.keys()].filter((name) => !members.has(name)).sort();
}

/** Without the retired key of a group: no root is made, because nobody signs for it. */
export async function dropRetiredKey(place: VaultStore, vault: Vault, group: string): Promise<Vault> {
  const { document } = vault;
  const retired = new Map(document.retired);
  retired.delete(group);
  return writeRootFile(place, { ...document, retired });
}

async function writeRootFile(place: VaultStore, document: RootDocument): Promise<Vault> {
  const text = encodeRoot(document);
  const written = decodeRoot(text);
  requireProvenance(written, verifyRoot(written)); // What could not be believed again must not be written.
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

/** Throws `vault/missing` where there is none, or what opening throws. */
export async function requireVault(place: VaultStore): Promise<Vault> {
  const vault = await openVault(place);
  if (vault !== null) return vault;
  throw new LockstepError('vault/missing', `there is no vault in ${place.root}`, ['make one: lockstep init']);
}
