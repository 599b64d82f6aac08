import { LockstepError } from '../errors.ts';
import { createIdentityFile } from '../vault/identity-file.ts';
import { initVault } from '../vault/init.ts';
import { type Ambient, accountName, placesOf } from './config.ts';
import { VaultAccess, type VaultAccessOptions } from './vault-access.ts';

export interface InitReport {
  readonly root: string;
  readonly vault: string;
  readonly group: string;
  readonly member: string;
  readonly identityFile: string;
  readonly identityCreated: boolean;
}

/** Makes the vault of a repository, and an identity where none is found. */
export async function initProject(
  options: VaultAccessOptions & { readonly group?: string; readonly member?: string },
): Promise<InitReport> {
  const access = new VaultAccess(options);
  if ((await access.open()) !== null)
    throw new LockstepError('vault/exists', `${options.root} has a vault already`, [
      'lockstep whoami',
      'lockstep secret list',
    ]);
  const { identity, source, created } = await identityFor(access, options);
  const { group = 'default', member = accountName(options.env) } = options;
  const vault = await initVault(access.place, identity, { member, group });
  return { root: options.root, vault: vault.id, group, member, identityFile: source, identityCreated: created };
}

async function identityFor(access: VaultAccess, { env, identityFile }: { env: Ambient; identityFile?: string }) {
  try {
    return { ...(await access.identity()), created: false };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'identity/missing') throw error;
    const named = identityFile ?? (env.LOCKSTEP_IDENTITY_FILE || undefined);
    if (named !== undefined) throw error;
    const source = placesOf(env).identityFile;
    return { identity: await createIdentityFile(source), source, created: true };
  }
}
