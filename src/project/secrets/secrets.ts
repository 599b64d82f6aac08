import { LockstepError } from '../../errors.ts';
import { parseGrant } from '../../grant.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { describeSecret, grantSecret, removeSecret, revokeSecret, setSecret } from '../../vault/changes/writer.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { VaultProblem } from '../../vault/format/fault.ts';
import type { SecretMetadata } from '../../vault/format/secret-metadata.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { type Due, dueOf } from '../checking/due.ts';
import type { Project } from '../project.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import { askingAgents, chooseGroup, findSecret, requestersOf } from './find-secret.ts';
import { requestedGrants } from './pinned-grants.ts';
import { valueWarnings } from './value-warnings.ts';

/** One secret without its value; reading this needs no key. */
export interface SecretReport {
  readonly name: string;
  readonly group: string;
  readonly description: string;
  readonly version: number;
  /** `YYYY-MM-DD` */
  readonly rotated: string;
  readonly by: string;
  readonly allow: readonly string[];
  /** Members who could read this value and were removed since: it has to be rotated. */
  readonly exposed?: readonly string[];
  readonly rotateEvery?: string;
  readonly expires?: string;
  /** Set if the value has to be replaced, now or soon; only in `list` and `show`. */
  readonly due?: Due;
}

export interface SecretList {
  readonly group: string;
  /** Whether this machine trusts the vault. */
  readonly trusted: boolean;
  readonly secrets: readonly SecretReport[];
  /** Files that cannot be trusted; their secrets are not in the list. */
  readonly findings: readonly VaultProblem[];
}

export interface SetOptions extends SecretMetadata {
  readonly group?: string;
  /** Grants of a new secret; absent: grants to the tools that request it now. */
  readonly allow?: readonly string[];
}

export interface RotateOptions extends Omit<SetOptions, 'allow'> {
  /** The version that the value was made from: a different current version is a reason to refuse. */
  readonly from?: number;
}

export interface SetReport {
  readonly secret: SecretReport;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** The operations of people on the secrets of a project. */
export class Secrets {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  async list(wanted?: string, matching?: string): Promise<SecretList> {
    const vault = await this.#project.vault.require();
    const group = chooseGroup(this.#project, vault, wanted);
    const { entries, findings } = await vault.entries(group);
    const words = matching?.toLowerCase();
    const shown = entries.filter(
      (entry) => words === undefined || `${entry.name}\n${entry.description ?? ''}`.toLowerCase().includes(words),
    );
    return { group, trusted: vault.trusted, secrets: shown.map((entry) => this.#dated(entry)), findings };
  }

  async show(name: string, wanted?: string): Promise<SecretReport & { readonly requestedBy: readonly string[] }> {
    const { entry } = await findSecret(this.#project, name, wanted);
    const tools = requestersOf(this.#project, name).map((tool) => tool.name);
    const agents = askingAgents(this.#project, name).map((agent) => `agent:${agent.name}`);
    return { ...this.#dated(entry), requestedBy: [...tools, ...agents] };
  }

  set(name: string, value: Uint8Array, options: SetOptions): Promise<SetReport> {
    return this.#put('set', name, value, options);
  }

  /** Sets the next value of an existing secret. */
  rotate(name: string, value: Uint8Array, options: RotateOptions): Promise<SetReport> {
    return this.#put('rotate', name, value, options);
  }

  /** Lets a person change the current value; null when `change` returns null, and then nothing is stored. */
  async edit(
    name: string,
    change: (value: SecretValue) => Promise<Uint8Array | null>,
    wanted?: string,
  ): Promise<SetReport | null> {
    const { vault, group, entry } = await findSecret(this.#project, name, wanted);
    vault.requireWriter(group, (await this.#project.vault.identity()).identity);
    const open = async (identity: Identity) => ({ entry, value: await vault.unseal(entry, identity) });
    const { value } = await withSecretsAudited(this.#project, vault, { action: 'reveal', detail: 'to edit it' }, open);
    try {
      const changed = await change(value);
      return changed === null ? null : await this.rotate(name, changed, { group, from: entry.version });
    } finally {
      value.dispose();
    }
  }

  async #put(
    action: 'set' | 'rotate',
    name: string,
    value: Uint8Array,
    options: SetOptions & RotateOptions,
  ): Promise<SetReport> {
    const { group: wanted, allow, from, ...words } = options;
    const vault = await this.#project.vault.require();
    const group = chooseGroup(this.#project, vault, wanted);
    if (action === 'rotate') await findSecret(this.#project, name, group);
    const allowWhenCreated = allow ?? requestedGrants(this.#project, name, vault.requireGroup(group));
    checkGrants(allowWhenCreated);
    const before = action === 'rotate' && { before: from ?? ('a secret' as const) };
    const setting = { group, name, value, allowWhenCreated, ...words, ...before };
    const { entry, created } = await withSecretsAudited(this.#project, vault, { action }, (identity) =>
      this.#project.vault.edit(identity, setSecret(setting)),
    );
    return { secret: secretReport(entry), created, warnings: this.#warnings(entry, value, created) };
  }

  async describe(name: string, words: SecretMetadata, wanted?: string): Promise<SecretReport> {
    const { vault, group } = await findSecret(this.#project, name, wanted);
    const describe = async (identity: Identity) => ({
      entry: await this.#project.vault.edit(identity, describeSecret({ group, name, ...words })),
    });
    return secretReport((await withSecretsAudited(this.#project, vault, { action: 'describe' }, describe)).entry);
  }

  async remove(name: string, wanted?: string): Promise<void> {
    const { vault, group, entry } = await findSecret(this.#project, name, wanted);
    await withSecretsAudited(this.#project, vault, { action: 'remove' }, async (identity) => {
      await this.#project.vault.edit(identity, removeSecret({ group, name }));
      return { entry };
    });
  }

  async grant(name: string, grants: readonly string[], wanted?: string): Promise<SecretReport> {
    checkGrants(grants);
    const { vault, group } = await findSecret(this.#project, name, wanted);
    const change = async (identity: Identity) => ({
      entry: await this.#project.vault.edit(identity, grantSecret({ group, name }, grants)),
    });
    const audited = { action: 'grant', detail: grants.join(' ') } as const;
    return secretReport((await withSecretsAudited(this.#project, vault, audited, change)).entry);
  }

  async revoke(name: string, grants: readonly string[], wanted?: string): Promise<SecretReport> {
    const { vault, group } = await findSecret(this.#project, name, wanted);
    const change = async (identity: Identity) => ({
      entry: await this.#project.vault.edit(identity, revokeSecret({ group, name }, grants)),
    });
    const audited = { action: 'revoke', detail: grants.join(' ') } as const;
    return secretReport((await withSecretsAudited(this.#project, vault, audited, change)).entry);
  }

  /**
   * Accepts a secret in the form that is checked out, although this machine has seen another state. `revision` null: no
   * file.
   */
  async accept(name: string, wanted?: string): Promise<{ name: string; group: string; revision: number | null }> {
    const vault = await this.#project.vault.require();
    const group = chooseGroup(this.#project, vault, wanted);
    const record = await vault.acceptSecret(group, name);
    return { name, group, revision: record?.revision ?? null };
  }

  /** The only method that hands a value to a person. */
  async reveal(name: string, wanted?: string): Promise<SecretValue> {
    const { vault, entry } = await findSecret(this.#project, name, wanted);
    const reveal = async (identity: Identity) => ({ entry, value: await vault.unseal(entry, identity) });
    return (await withSecretsAudited(this.#project, vault, { action: 'reveal' }, reveal)).value;
  }

  /** A grant may be made before its definition exists, but more often a name was mistyped. */
  grantWarnings(grants: readonly string[]): string[] {
    const { tools, agents } = this.#project.snapshot.catalog;
    return grants.flatMap((text) => {
      const grant = parseGrant(text);
      if (grant === null || grant.to === 'exec' || grant.to === 'any') return [];
      const known = grant.to === 'agent' ? agents : tools;
      if (known.has(grant.name)) return [];
      const hint = didYouMean(grant.name, known.keys());
      return [
        `there is no ${grant.to === 'agent' ? 'agent' : 'tool'} "${grant.name}" here${hint === undefined ? '' : `; ${hint}`}`,
      ];
    });
  }

  #warnings(entry: Entry, value: Uint8Array, created: boolean): string[] {
    const due = dueOf(entry, this.#project.today());
    return [
      ...valueWarnings(entry.name, value),
      ...(created ? this.grantWarnings(entry.allow) : []),
      ...(due === null ? [] : [`it still says that it expires on ${due.on}: --expires DATE, or --expires never`]),
    ];
  }

  #dated(entry: Entry): SecretReport {
    const due = dueOf(entry, this.#project.today());
    return { ...secretReport(entry), ...(due !== null && { due }) };
  }
}

export function secretReport(entry: Entry): SecretReport {
  const { name, group, description = '', version, rotated, by, allow, exposed, rotateEvery, expires } = entry;
  return {
    name,
    group,
    description,
    version,
    rotated,
    by,
    allow,
    ...(exposed !== undefined && { exposed }),
    ...(rotateEvery !== undefined && { rotateEvery }),
    ...(expires !== undefined && { expires }),
  };
}

/** @throws LockstepError `usage/invalid` */
export function checkGrants(grants: readonly string[]): void {
  const bad = grants.find((grant) => parseGrant(grant) === null);
  if (bad === undefined) return;
  throw new LockstepError('usage/invalid', `"${bad}" is not a valid grant`, [
    'a grant is one of: tool:NAME, tool:NAME@sha256:DIGEST, agent:NAME, agent:NAME@sha256:DIGEST, trigger:NAME, exec, *',
  ]);
}
