import { requestsOf, requestsThrough } from '../../definition/model/requests.ts';
import type { Agent, Tool } from '../../definition/model/tool.ts';
import { LockstepError } from '../../errors.ts';
import { didYouMean } from '../../text/suggestion.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';

export interface FoundSecret {
  readonly vault: Vault;
  readonly group: string;
  readonly entry: Entry;
}

export async function findSecret(project: Project, name: string, wanted?: string): Promise<FoundSecret> {
  const vault = await project.vault.require();
  const group = chooseGroup(project, vault, wanted);
  return { vault, group, entry: await requireSecret(vault, group, name) };
}

/** @throws LockstepError `secret/unknown`, with the name that the user may have meant; `group/unknown` */
export async function requireSecret(vault: Vault, group: string, name: string): Promise<Entry> {
  const entry = await vault.entry(group, name);
  if (entry !== null) return entry;
  const { entries } = await vault.entries(group);
  const hint = didYouMean(
    name,
    entries.map((one) => one.name),
  );
  throw new LockstepError('secret/unknown', `the group "${group}" holds no secret ${name}`, [
    ...(hint === undefined ? [] : [hint]),
    'lockstep secret list',
  ]);
}

export function chooseGroup(project: Project, vault: Vault, wanted: string | undefined): string {
  return project.vault.chooseGroup(vault, project.snapshot.config, wanted);
}

/** The tools that ask for the secret now, including called tools. */
export function requestersOf(project: Project, name: string): Tool[] {
  const { tools } = project.snapshot.catalog;
  return [...tools.values()].filter((tool) => requestsOf(tool).some((request) => request.name === name));
}

/** The agents that ask for the secret now, for a tool that does not ask itself. */
export function askingAgents(project: Project, name: string): Agent[] {
  const { tools, agents } = project.snapshot.catalog;
  return [...agents.values()].filter((agent) =>
    [...tools.values()].some((tool) => requestsThrough(agent, tool).some((request) => request.name === name)),
  );
}
