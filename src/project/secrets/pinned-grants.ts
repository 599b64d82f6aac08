import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Agent, Tool } from '../../definition/model/tool.ts';
import { LockstepError } from '../../errors.ts';
import { parseGrant } from '../../grant.ts';
import type { Group } from '../../vault/format/root-document.ts';
import type { Project } from '../project.ts';
import { askingAgents, requestersOf } from './find-secret.ts';

/**
 * Grants of a new secret to the tools and agents that ask for it now; in a pinned group only grants by digest count.
 */
export function requestedGrants(project: Project, name: string, { pinned }: Pick<Group, 'pinned'>): string[] {
  const grants = [
    ...requestersOf(project, name).map((tool) => `tool:${tool.name}`),
    ...askingAgents(project, name).map((agent) => `agent:${agent.name}`),
  ];
  return pinned ? pinnedGrants(project, name, grants) : grants;
}

/**
 * Turns `tool:NAME` and `agent:NAME` into grants of the definitions as they are now; other grants stay unchanged. A
 * tool also brings in the agents that set variables of its steps and could use the secret for nothing else: a pinned
 * group refuses the secret through an agent whose variables no grant covers.
 * @param name of the secret
 * @throws LockstepError `definition/unknown`, `definition/invalid`
 */
export function pinnedGrants(project: Project, name: string, grants: readonly string[]): string[] {
  const all = grants.flatMap((text) => {
    const grant = parseGrant(text);
    if (grant === null || grant.digest !== undefined) return [text];
    if (grant.to === 'agent') return [pinnedAgent(project, project.agent(grant.name), text)];
    if (grant.to !== 'tool' && grant.to !== 'trigger') return [text];
    const tool = project.tool(grant.name);
    if (grant.to === 'trigger') return [withDigest(text, `trigger:${tool.name}`, project.digest(tool))];
    const agents = agentsBeside(project, tool, name);
    return [
      withDigest(text, `tool:${tool.name}`, project.digest(tool)),
      ...agents.map((agent) => pinnedAgent(project, agent, `agent:${agent.name}`)),
    ];
  });
  return [...new Set(all)];
}

function pinnedAgent(project: Project, agent: Agent, text: string): string {
  return withDigest(text, `agent:${agent.name}`, project.agentDigest(agent));
}

function withDigest(text: string, named: string, digest: string | undefined): string {
  if (digest !== undefined) return text.replace(named, `${named}@sha256:${digest}`);
  throw new LockstepError('definition/invalid', `${named} calls a tool that does not exist, or itself`, [
    'lockstep check',
  ]);
}

/** Agents with variables, if this is the only one of their tools that asks for the secret. */
function agentsBeside(project: Project, tool: Tool, name: string): Agent[] {
  const asking = requestersOf(project, name);
  return [...project.snapshot.catalog.agents.values()].filter((agent) => {
    const own = asking.filter((one) => agentToolFor(agent, one.name) !== null);
    const isInCeiling = agent.secrets.some((one) => one.name === name);
    return agent.env.size > 0 && isInCeiling && own.length === 1 && own[0] === tool;
  });
}
