import { LockstepError } from '../../errors.ts';
import { initVault } from '../../vault/changes/init.ts';
import { createIdentityFile } from '../../vault/identity/identity-file.ts';
import type { Vault } from '../../vault/vault.ts';
import { type Ambient, accountName, userFoldersOf } from '../repository/config.ts';
import { adminsOf, cardOf, type NewIdentity } from './new-identity.ts';
import { VaultAccess, type VaultAccessOptions } from './vault-access.ts';

export interface InitReport {
  readonly root: string;
  readonly vault: string;
  readonly group: string;
  readonly member: string;
  readonly identityFile: string;
  readonly identityCreated: boolean;
}

/** Makes the vault of a repository, and an identity if none is found. If the vault exists, makes only the identity. */
export async function initProject(
  options: VaultAccessOptions & { readonly group?: string; readonly member?: string },
): Promise<InitReport | NewIdentity> {
  const access = new VaultAccess(options);
  const existing = await access.open();
  if (existing !== null) return identityBeside(existing, access, options);
  const { identity, source, created } = await identityFor(access, options);
  const { group = 'default', member = accountName(options.env) } = options;
  const vault = await initVault(access.store, identity, { member, group });
  return { root: options.root, vault: vault.id, group, member, identityFile: source, identityCreated: created };
}

async function identityBeside(vault: Vault, access: VaultAccess, options: VaultAccessOptions): Promise<NewIdentity> {
  const { identity, source, created } = await identityFor(access, options);
  if (created) return { identityFile: source, card: cardOf(identity), admins: adminsOf(vault) };
  const isMember = vault.memberOf(identity) !== undefined;
  throw new LockstepError('vault/exists', `${options.root} has a vault already`, [
    isMember
      ? 'lockstep whoami'
      : `lockstep whoami shows your card, by which ${adminsOf(vault).join(' or ')} can add you`,
    'lockstep secret list',
  ]);
}

async function identityFor(access: VaultAccess, { env, identityFile }: { env: Ambient; identityFile?: string }) {
  try {
    return { ...(await access.identity()), created: false };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'identity/missing') throw error;
    const named = identityFile ?? (env.LOCKSTEP_IDENTITY_FILE || undefined);
    if (named !== undefined) throw error;
    const source = userFoldersOf(env).identityFile;
    return { identity: await createIdentityFile(source), source, created: true };
  }
}
