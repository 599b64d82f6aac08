import type { Tool } from '../definition/tool.ts';
import { LockstepError } from '../errors.ts';
import { parseGrant } from '../grant.ts';
import { changeMetadata } from '../vault/entry-change.ts';
import type { Entry } from '../vault/entry-document.ts';
import type { Identity } from '../vault/identity.ts';
import { audited } from './audited.ts';
import type { Ambient } from './config.ts';
import { changesSince, findGrantedForms, type GrantedForm } from './granted-form.ts';
import type { Project } from './project.ts';

/** A form of the tool that secrets were granted to, and is no longer what the tool is. */
export interface OutdatedForm {
  readonly digest: string;
  /** Where Git has it; null when no commit that is at hand does. */
  readonly commit: string | null;
  readonly date: string | null;
  /** A unified diff from then to now; null when it cannot be told. */
  readonly changes: string | null;
}

export interface RepinPreview {
  readonly tool: string;
  readonly group: string;
  /** Of the tool as it is now. */
  readonly digest: string;
  /** Names of the secrets whose grants would be for the present form; none when they are so already. */
  readonly secrets: readonly string[];
  readonly forms: readonly OutdatedForm[];
}

/** Brings grants by digest to the present form of a tool, once a person has seen what changed. */
export class Repin {
  readonly #project: Project;
  readonly #env: Ambient;

  constructor(project: Project, env: Ambient) {
    this.#project = project;
    this.#env = env;
  }

  /** Needs no key. Throws `secret/refused` where no secret of the group is granted to a form of the tool. */
  async preview(name: string, wanted?: string): Promise<RepinPreview> {
    const project = this.#project;
    const tool = project.tool(name);
    const digest = presentDigest(project, tool);
    const vault = await project.vault.require();
    const group = project.vault.chooseGroup(vault, project.snapshot.config, wanted);
    const { entries } = await vault.entries(group);
    const pinned = entries.filter((entry) => digestsOf(entry.allow, name).length > 0);
    if (pinned.length === 0) throw nothingGranted(name, group);
    const secrets = pinned.filter((entry) => digestsOf(entry.allow, name).some((old) => old !== digest));
    const outdated = new Set(secrets.flatMap((entry) => digestsOf(entry.allow, name).filter((old) => old !== digest)));
    const forms = await this.#forms(tool, outdated);
    return { tool: name, group, digest, secrets: secrets.map((entry) => entry.name), forms };
  }

  /** Signs what was previewed, if the tool is still what it was then. */
  async apply({ tool, group, digest, secrets }: RepinPreview): Promise<void> {
    if (presentDigest(this.#project, this.#project.tool(tool)) !== digest)
      throw new LockstepError('secret/refused', `${tool} has changed meanwhile; nothing was signed`, [
        `lockstep secret repin ${tool} --group ${group}`,
      ]);
    const { place } = this.#project.vault;
    const vault = await this.#project.vault.require();
    const sign = async (identity: Identity) => {
      const entries: Entry[] = [];
      for (const name of secrets) {
        const repin = (entry: Entry) => {
          const allow = [...new Set(entry.allow.map((grant) => repinned(grant, tool, digest)))].sort();
          return allow.join() === entry.allow.join() ? null : { ...entry, allow };
        };
        entries.push(await changeMetadata(place, identity, { group, name }, {}, repin));
      }
      return { entries };
    };
    await audited(this.#project, vault, 'grant', sign, `tool:${tool}@sha256:${digest}`);
  }

  async #forms(tool: Tool, outdated: ReadonlySet<string>): Promise<OutdatedForm[]> {
    const found = await findGrantedForms(this.#project.snapshot, this.#env, tool, outdated);
    const forms = [...outdated].map(async (digest): Promise<OutdatedForm> => {
      const form: GrantedForm | undefined = found.find((one) => one.digest === digest);
      if (form === undefined) return { digest, commit: null, date: null, changes: null };
      const changes = await changesSince(this.#project.snapshot, this.#env, tool, form.commit);
      return { digest, commit: form.commit, date: form.date, changes };
    });
    return Promise.all(forms);
  }
}

function presentDigest(project: Project, tool: Tool): string {
  const digest = project.digest(tool);
  if (digest !== undefined) return digest;
  throw new LockstepError('definition/invalid', `${tool.name} calls a tool that does not exist, or itself`, [
    'lockstep check',
  ]);
}

function digestsOf(allow: readonly string[], tool: string): string[] {
  return allow.flatMap((text) => {
    const grant = parseGrant(text);
    return grant?.to === 'tool' && grant.name === tool && grant.digest !== undefined ? grant.digest : [];
  });
}

function repinned(text: string, tool: string, digest: string): string {
  const grant = parseGrant(text);
  const isOurs = grant?.to === 'tool' && grant.name === tool && grant.digest !== undefined;
  return isOurs ? text.replace(`@sha256:${grant.digest}`, `@sha256:${digest}`) : text;
}

function nothingGranted(tool: string, group: string): LockstepError {
  return new LockstepError('secret/refused', `no secret of ${group} is granted to one form of ${tool} only`, [
    `lockstep secret grant NAME --to tool:${tool} --pin --group ${group}`,
  ]);
}
