import type { Agent, Tool } from '../../definition/model/tool.ts';
import { LockstepError } from '../../errors.ts';
import { type Grant, parseGrant } from '../../grant.ts';
import { changeMetadata } from '../../vault/changes/entry-change.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';
import type { Ambient } from '../repository/config.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import { changesSince, findGrantedForms } from './granted-form.ts';

/** An earlier form of the tool or agent to which secrets were granted. */
export interface OutdatedForm {
  readonly digest: string;
  /** The commit that has this form; null when no local commit does. */
  readonly commit: string | null;
  readonly date: string | null;
  /** A unified diff from then to now; null when it is unknown. */
  readonly changes: string | null;
}

export interface RepinPreview {
  /** The name of a tool, or `agent:NAME`. */
  readonly tool: string;
  readonly group: string;
  /** The digest of the tool or agent as it is now. */
  readonly digest: string;
  /** Names of the secrets to grant to the present form; empty when they are granted to it already. */
  readonly secrets: readonly string[];
  readonly forms: readonly OutdatedForm[];
}

type Definition = Tool | Agent;

/** Moves grants by digest to the present form of a tool or an agent, once a person has seen what changed. */
export class Repin {
  readonly #project: Project;
  readonly #env: Ambient;

  constructor(project: Project, env: Ambient) {
    this.#project = project;
    this.#env = env;
  }

  /**
   * Needs no key.
   * @param name of a tool, or `agent:NAME`
   * @throws LockstepError `grant/unknown` where no secret of the group is granted to one form of it
   */
  async preview(name: string, wanted?: string): Promise<RepinPreview> {
    const definition = this.#find(name);
    const vault = await this.#project.vault.require();
    const group = this.#project.vault.chooseGroup(vault, this.#project.snapshot.config, wanted);
    const preview = await this.#preview(definition, group, vault);
    if (preview === null) throw nothingGranted(definition, group);
    return preview;
  }

  /** A preview of each definition that a grant by digest names and that has changed since; in one group, or in all. */
  async previewAll(wanted?: string): Promise<readonly RepinPreview[]> {
    const vault = await this.#project.vault.require();
    const { tools, agents } = this.#project.snapshot.catalog;
    const { vault: access, snapshot } = this.#project;
    const groups =
      wanted === undefined ? [...vault.groups.keys()] : [access.chooseGroup(vault, snapshot.config, wanted)];
    const previews: RepinPreview[] = [];
    for (const group of groups) {
      for (const definition of [...tools.values(), ...agents.values()]) {
        const preview = await this.#preview(definition, group, vault);
        if (preview !== null && preview.secrets.length > 0) previews.push(preview);
      }
    }
    return previews;
  }

  /** Signs what was previewed, if the tool has not changed since. */
  async apply({ tool: name, group, digest, secrets }: RepinPreview): Promise<void> {
    const definition = this.#find(name);
    if (this.#digest(definition) !== digest)
      throw new LockstepError('change/conflict', `${name} has changed meanwhile; nothing was signed`, [
        `lockstep secret repin ${name} --group ${group}`,
      ]);
    const vault = await this.#project.vault.require();
    const sign = async (identity: Identity) => {
      const entries: Entry[] = [];
      for (const secret of secrets) {
        const repin = (entry: Entry) => {
          const allow = [...new Set(entry.allow.map((grant) => repinned(grant, definition, digest)))].sort();
          return allow.join() === entry.allow.join() ? null : { ...entry, allow };
        };
        entries.push(await this.#project.vault.edit(identity, changeMetadata({ group, name: secret }, repin)));
      }
      return { entries };
    };
    await withSecretsAudited(
      this.#project,
      vault,
      { action: 'grant', detail: `${definition.kind}:${definition.name}@sha256:${digest}` },
      sign,
    );
  }

  #find(name: string): Definition {
    const [, agent] = /^agent:(.+)$/.exec(name) ?? [];
    return agent === undefined ? this.#project.tool(name) : this.#project.agent(agent);
  }

  #digest(definition: Definition): string {
    const project = this.#project;
    const digest = definition.kind === 'tool' ? project.digest(definition) : project.agentDigest(definition);
    if (digest !== undefined) return digest;
    throw new LockstepError('definition/invalid', `${definition.name} calls a tool that does not exist, or itself`, [
      'lockstep check',
    ]);
  }

  /** Null where no grant of the group names a form of the definition. */
  async #preview(definition: Definition, group: string, vault: Vault): Promise<RepinPreview | null> {
    const { entries } = await vault.entries(group);
    const pinned = entries.filter((entry) => digestsOf(entry.allow, definition).length > 0);
    if (pinned.length === 0) return null;
    const digest = this.#digest(definition);
    const outdatedOf = ({ allow }: Entry) => digestsOf(allow, definition).filter((old) => old !== digest);
    const outdated = new Set(pinned.flatMap(outdatedOf));
    const secrets = pinned.filter((entry) => outdatedOf(entry).length > 0).map((entry) => entry.name);
    const { kind, name } = definition;
    const forms = await this.#forms(definition, outdated);
    return { tool: kind === 'tool' ? name : `agent:${name}`, group, digest, secrets, forms };
  }

  async #forms(definition: Definition, outdated: ReadonlySet<string>): Promise<OutdatedForm[]> {
    const { snapshot } = this.#project;
    if (outdated.size === 0) return [];
    const found = await findGrantedForms(snapshot, this.#env, definition, outdated);
    const forms = [...outdated].map(async (digest): Promise<OutdatedForm> => {
      const form = found.find((one) => one.digest === digest);
      if (form === undefined) return { digest, commit: null, date: null, changes: null };
      const changes = await changesSince(snapshot, this.#env, definition, form.commit);
      return { digest, commit: form.commit, date: form.date, changes };
    });
    return Promise.all(forms);
  }
}

/** The text as a grant by digest, if it is a grant to this definition. */
function pinOf(text: string, { kind, name }: Definition): Grant | undefined {
  const grant = parseGrant(text);
  return grant?.to === kind && grant.name === name && grant.digest !== undefined ? grant : undefined;
}

function digestsOf(allow: readonly string[], definition: Definition): string[] {
  return allow.flatMap((text) => pinOf(text, definition)?.digest ?? []);
}

function repinned(text: string, definition: Definition, digest: string): string {
  const pin = pinOf(text, definition);
  return pin === undefined ? text : text.replace(`@sha256:${pin.digest}`, `@sha256:${digest}`);
}

function nothingGranted({ kind, name }: Definition, group: string): LockstepError {
  return new LockstepError('grant/unknown', `no secret of ${group} is granted to one form of ${name} only`, [
    `lockstep secret grant NAME --to ${kind}:${name} --pin --group ${group}`,
  ]);
}
