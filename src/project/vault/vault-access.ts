import { resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { type Grant, parseGrant } from '../../grant.ts';
import { isName } from '../../names.ts';
import type { GroupPolicy, SecretFact } from '../../plan/grants.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { editVault, type VaultChange } from '../../vault/changes/vault-editor.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import { identityStamp, type LoadedIdentity, loadIdentity } from '../../vault/identity/identity-file.ts';
import { openVault, type Vault } from '../../vault/vault.ts';
import type { KeptVault, VaultStore } from '../../vault/vault-folder.ts';
import { gitLineage } from '../git/git-lineage.ts';
import { type Ambient, CONFIG_FILE, type Config, userFoldersOf } from '../repository/config.ts';
import { placeName } from '../repository/git-dir.ts';
import { AuditLog } from './audit.ts';

/** How a project reaches the vault: where it is, whose identity opens it, and which group is meant. */
export interface VaultAccessOptions {
  readonly root: string;
  readonly env: Ambient;
  /** `--identity FILE` */
  readonly identityFile?: string;
  /** Absent: there is no terminal to ask for a passphrase. */
  readonly askPassphrase?: (file: string) => Promise<string>;
  /** Receives warnings, for example about an identity file that others can read. */
  readonly warn?: (message: string) => void;
  readonly clock?: () => Date;
}

/** The name of a group that the vault may not have. */
export interface NamedGroup {
  readonly name: string;
  readonly by: '--group' | 'LOCKSTEP_GROUP' | typeof CONFIG_FILE;
}

/** The identity of a process, and the state of its files when it was loaded. */
interface IdentityCache {
  stamp: string;
  loaded?: Promise<LoadedIdentity>;
}

export class VaultAccess {
  readonly #options: VaultAccessOptions;
  readonly #kept: KeptVault | undefined;
  readonly #cache: IdentityCache;

  readonly #said = new Set<string>();
  readonly #warnOnce = (message: string): void => {
    if (!this.#said.has(message)) this.#options.warn?.(message);
    this.#said.add(message);
  };

  /** @param kept the vault to read instead of the files on the disk; changes still go to the disk */
  constructor(options: VaultAccessOptions, kept?: KeptVault, cache: IdentityCache = { stamp: '' }) {
    this.#options = options;
    this.#kept = kept;
    this.#cache = cache;
  }

  /** The same vault, read from a kept copy. */
  at(kept: KeptVault): VaultAccess {
    return new VaultAccess(this.#options, kept, this.#cache);
  }

  get env(): Ambient {
    return this.#options.env;
  }

  /** The files on the disk. */
  get store(): VaultStore {
    const { root, env, clock, warn } = this.#options;
    const trust = env.LOCKSTEP_TRUST;
    const lineage = gitLineage(root, env);
    return {
      root,
      stateDir: userFoldersOf(env).state,
      ref: placeName(root),
      ...(lineage && { lineage }),
      ...(warn && { warn: this.#warnOnce }),
      ...(trust !== undefined && trust !== '' && { trust }),
      ...(clock && { clock }),
    };
  }

  /** The present vault, or the kept copy; null where the repository has none. */
  open(): Promise<Vault | null> {
    const kept = this.#kept;
    return openVault(kept === undefined ? this.store : { ...this.store, kept, ref: kept.ref });
  }

  /** Changes the vault, under its lock (vault-editor.ts). */
  edit<T>(identity: Identity, change: VaultChange<T>): Promise<T> {
    return editVault(this.store, identity, change);
  }

  async require(): Promise<Vault> {
    const vault = await this.open();
    if (vault !== null) return vault;
    throw new LockstepError('vault/missing', `${this.#options.root} has no vault`, ['lockstep init']);
  }

  /** The paths where identities are looked for: absolute, existing or not. */
  get identityPlaces(): readonly string[] {
    const { env, identityFile } = this.#options;
    const named = [identityFile, env.LOCKSTEP_IDENTITY_FILE].filter((path) => path !== undefined && path !== '');
    return [...named.map((path) => resolve(path ?? '')), userFoldersOf(env).identityFile];
  }

  /** The audit log of the vault's secrets on this machine. */
  audit(vault: Vault): AuditLog {
    return new AuditLog(userFoldersOf(this.#options.env).state, vault.id);
  }

  /** Loads the identity at the first call, and again when its file has changed. */
  identity(): Promise<LoadedIdentity> {
    const stamp = identityStamp(this.identityPlaces);
    if (this.#cache.loaded === undefined || this.#cache.stamp !== stamp) {
      this.#cache.stamp = stamp;
      this.#cache.loaded = this.#loadIdentity();
    }
    return this.#cache.loaded;
  }

  async #loadIdentity(): Promise<LoadedIdentity> {
    const { env, identityFile: file, askPassphrase, warn } = this.#options;
    const loaded = await loadIdentity({
      ...(file !== undefined && { file }),
      ...(env.LOCKSTEP_IDENTITY !== undefined && { key: env.LOCKSTEP_IDENTITY }),
      ...(env.LOCKSTEP_IDENTITY_FILE !== undefined && { keyFile: env.LOCKSTEP_IDENTITY_FILE }),
      defaultFile: userFoldersOf(env).identityFile,
      ...(askPassphrase && { askPassphrase }),
    });
    for (const warning of loaded.warnings) warn?.(warning);
    return loaded;
  }

  /** The chosen group, even if it does not exist: `--group`, else `LOCKSTEP_GROUP`, else lockstep.yaml. */
  namedGroup({ group }: Config, wanted?: string): NamedGroup | undefined {
    if (wanted !== undefined) return { name: wanted, by: '--group' };
    const { LOCKSTEP_GROUP } = this.#options.env;
    if (LOCKSTEP_GROUP) return { name: LOCKSTEP_GROUP, by: 'LOCKSTEP_GROUP' };
    return group === undefined ? undefined : { name: group, by: CONFIG_FILE };
  }

  /** The named group, else the only one; else an error that lists them. There is no fallback. */
  chooseGroup(vault: Vault, config: Config, wanted?: string): string {
    const groups = [...vault.groups.keys()];
    const named = this.namedGroup(config, wanted);
    const [only, ...others] = groups;
    if (named === undefined && only !== undefined && others.length === 0) return only;
    if (named !== undefined && vault.groups.has(named.name)) return named.name;
    const message =
      named === undefined ? 'the vault has several groups and none was chosen' : `there is no group "${named.name}"`;
    const meant = named && didYouMean(named.name, groups);
    throw new LockstepError(
      named === undefined ? 'group/ambiguous' : 'group/unknown',
      `${message}; there is: ${groups.join(', ')}`,
      [
        ...(meant === undefined ? [] : [`${meant} (${named?.by} names the group)`]),
        '--group NAME',
        'LOCKSTEP_GROUP=NAME',
        '`group: NAME` in lockstep.yaml',
      ],
    );
  }
}

/** The vault's part of a plan: only the named secrets, so that the cost depends on the request and not on the vault. */
export async function groupPolicy(
  vault: Vault,
  group: string,
  names: Iterable<string>,
): Promise<{ facts: GroupPolicy; entries: Map<string, Entry> }> {
  const secrets = new Map<string, SecretFact>();
  const entries = new Map<string, Entry>();
  for (const name of names) {
    // A definition may name anything; an invalid name is reported at its place.
    const entry = isName('secret', name) ? await vault.entry(group, name) : null;
    if (entry === null) continue;
    entries.set(name, entry);
    secrets.set(name, { version: entry.version, allow: entry.allow.map(grantOf) });
  }
  return { facts: { group, pinned: vault.groups.get(group)?.pinned ?? false, secrets }, entries };
}

function grantOf(text: string): Grant {
  const grant = parseGrant(text);
  // When the vault reads entries, it refuses those with other lines.
  if (grant === null)
    throw new LockstepError('vault/malformed', 'an entry holds a line that is not a grant', ['lockstep vault verify']);
  return grant;
}
