import { LockstepError } from '../../errors.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import { createIdentityFile } from '../../vault/identity/identity-file.ts';
import { cardText } from '../../vault/identity/member-card.ts';
import type { Vault } from '../../vault/vault.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';
import { findRoot } from '../repository/find-root.ts';
import { VaultAccess } from './vault-access.ts';

export interface NewIdentity {
  readonly identityFile: string;
  /** What others need to add its owner to a vault: public keys only. */
  readonly card: string;
  /** Members who can add it to the vault of this repository; null where there is no vault. */
  readonly admins: readonly string[] | null;
}

export interface NewIdentityOptions {
  readonly env: Ambient;
  readonly cwd: string;
  readonly directory?: string;
  /** Where to write it; default: the usual place. */
  readonly identityFile?: string;
  /** Absent: the file is not encrypted with a passphrase. */
  readonly passphrase?: string;
}

/** Makes an identity, inside a repository or not. Never overwrites one (`identity/invalid`). */
export async function newIdentity(options: NewIdentityOptions): Promise<NewIdentity> {
  const { env, passphrase } = options;
  const identityFile = options.identityFile ?? (env.LOCKSTEP_IDENTITY_FILE || userFoldersOf(env).identityFile);
  const identity = await createIdentityFile(identityFile, passphrase === undefined ? {} : { passphrase });
  const vault = await vaultHere(options);
  return { identityFile, card: cardOf(identity), admins: vault && adminsOf(vault) };
}

export function cardOf({ recipient, signingKey }: Identity): string {
  return cardText({ recipient, signing: signingKey });
}

export function adminsOf(vault: Vault): readonly string[] {
  return [...vault.members].flatMap(([name, { admin }]) => (admin ? [name] : []));
}

/** Null also where the vault cannot be read: the identity may be for other vaults. */
async function vaultHere(options: NewIdentityOptions): Promise<Vault | null> {
  try {
    return await new VaultAccess({ root: findRoot(options), env: options.env }).open();
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
}
