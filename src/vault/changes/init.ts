import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import { statBeneath } from '../../util/beneath.ts';
import type { LockOptions } from '../../util/lock.ts';
import { createBeneath } from '../../util/write-beneath.ts';
import { AgeKey } from '../age/age-x25519.ts';
import { encodeBase64url } from '../age/encodings.ts';
import { encodeRoot, type Group, type Member, ROOT_FILE, type RootDocument } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import { nextHash, signLink } from '../trust/root-chain.ts';
import { openVault, type Vault } from '../vault.ts';
import type { VaultStore } from '../vault-folder.ts';
import { sealForReader } from './group-key-sealing.ts';
import { requireVault } from './root-writing.ts';
import { prepareFolder, VAULT_FILE_MODE, withVaultLock } from './vault-lock.ts';

export interface FirstNames {
  /** The name of the member who makes the vault. */
  readonly member: string;
  readonly group: string;
}

export const ATTRIBUTES_FILE = 'vault/.gitattributes';
/**
 * The content of the file: Git may neither change line ends in signed text nor merge two sides line by line (merge.ts).
 */
export const ATTRIBUTES: readonly string[] = ['* -text', '*.yaml merge=lockstep'];
const ID_BYTES = 12;

/**
 * Makes a vault with one member, who has all rights, and one group; this machine then trusts it. Throws `vault/exists`,
 * `name/invalid` for a name, `lock/held`, `file/unwritable` or `state/unusable`.
 */
export async function initVault(
  place: VaultStore,
  identity: Identity,
  names: FirstNames,
  options: LockOptions = {},
): Promise<Vault> {
  for (const name of [names.member, names.group]) {
    if (!isName('slug', name))
      throw new LockstepError('name/invalid', `the name of a member or group is ${NAME_FORMS.slug}`, [
        'choose another name',
      ]);
  }
  return withVaultLock(place, options, async () => {
    if (statBeneath(place.root, ROOT_FILE) !== undefined) throw isTaken(place);
    // A symbolic link in place of the folder would put the vault elsewhere; opening finds it.
    await openVault(place);
    const document = await firstDocument(identity, names);
    await prepareFolder(place, 'vault');
    const attributes = Buffer.from(`${ATTRIBUTES.join('\n')}\n`);
    await createBeneath(place.root, ATTRIBUTES_FILE, attributes, VAULT_FILE_MODE);
    const created = await createBeneath(place.root, ROOT_FILE, Buffer.from(encodeRoot(document)), VAULT_FILE_MODE);
    if (!created) throw isTaken(place);
    // The hash in the environment belongs to another vault: it does not apply to this one.
    const { trust: _, ...here } = place;
    const vault = await requireVault(here);
    await vault.acceptTrust();
    return vault;
  });
}

async function firstDocument(identity: Identity, { member, group }: FirstNames): Promise<RootDocument> {
  const vault = newVaultId();
  const key = AgeKey.generate();
  const me: Member = { recipient: identity.recipient, signing: identity.signingKey, admin: true };
  const mine: Group = { recipient: key.recipient, epoch: 1, readers: [member], writers: [member], pinned: false };
  const state = { vault, members: new Map([[member, me]]), groups: new Map([[group, mine]]), roots: [] };
  const root = nextHash(state, member);
  const sealed = await sealForReader(key, me, member, { vault, group, epoch: 1, root });
  return {
    ...state,
    roots: [signLink(state, member, identity)],
    keys: new Map([[group, new Map([[member, sealed]])]]),
  };
}

function isTaken({ root }: VaultStore): LockstepError {
  return new LockstepError('vault/exists', `${join(root, ROOT_FILE)} exists already`, [
    'look at it: lockstep vault verify',
  ]);
}

/** A word that YAML writers do not quote and command lines do not read as a flag. */
function newVaultId(): string {
  for (;;) {
    const id = encodeBase64url(randomBytes(ID_BYTES));
    if (/^[A-Za-z]/.test(id)) return id;
  }
}
