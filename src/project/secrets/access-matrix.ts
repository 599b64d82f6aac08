import { agentToolFor } from '../../definition/model/agent-tools.ts';
import { Digests } from '../../definition/model/digest.ts';
import { secretsOf } from '../../definition/model/requests.ts';
import { callTree, isRun, type SecretRequest, type Tool } from '../../definition/model/tool.ts';
import { type Grant, parseGrant } from '../../grant.ts';
import { type Decision, decide, type GroupPolicy, requesterOf } from '../../plan/grants.ts';
import type { Project } from '../project.ts';
import { digestWorld, rememberFacts } from '../repository/listed-files.ts';

/** What one requester may do with one secret, and whether it asks for it. Pairs with neither are left out. */
export interface AccessCell {
  readonly secret: string;
  /** `tool:NAME`, `agent:NAME`, `exec` or `*` */
  readonly requester: string;
  /** A step of the requester asks for the secret; for an agent: a step of one of its tools. */
  readonly asked: boolean;
  /** Each step that asks gets the secret. If no step asks: a grant counts. */
  readonly granted: boolean;
  /** The secret is refused, and a grant names an earlier definition. */
  readonly outdated: boolean;
  /** Why, in one clause. */
  readonly reason: string;
  /** The grants to the requester itself, as they are signed. */
  readonly grants: readonly string[];
  /** An agent's tools that ask for the secret. */
  readonly through?: readonly string[];
}

/** Who may use which secrets in one group. */
export interface AccessMatrix {
  readonly group: string;
  /** Only grants by digest count. */
  readonly pinned: boolean;
  readonly secrets: readonly string[];
  readonly requesters: readonly string[];
  readonly cells: readonly AccessCell[];
}

/** One request, as the plan of a tool, alone or through an agent, would decide about it. */
interface Wish {
  readonly requester: string;
  /** The tool with the step that asks. */
  readonly tool: Tool;
  readonly through?: string;
  /** The agent does not list the secret, so no grant matters. */
  readonly stopped?: boolean;
  readonly decision: Decision;
}

/** Needs no key. @throws LockstepError `vault/missing`, `group/unknown` */
export async function accessMatrix(project: Project, wanted?: string): Promise<AccessMatrix> {
  const vault = await project.vault.require();
  const group = project.vault.chooseGroup(vault, project.snapshot.config, wanted);
  const { pinned } = vault.requireGroup(group);
  const { entries } = await vault.entries(group);
  const grants = new Map(entries.map(({ name, allow }) => [name, allow.flatMap((text) => parseGrant(text) ?? [])]));
  const facts = entries.map(({ name, version }) => [name, { version, allow: grants.get(name) ?? [] }] as const);
  const digests = new Digests(digestWorld(project.snapshot.catalog, rememberFacts(project.root)));
  const wishes = wishesOf(project, digests, { group, pinned, secrets: new Map(facts) });
  const cells = entries.flatMap(({ name }) => {
    const asked = wishes.get(name) ?? [];
    const allow = grants.get(name) ?? [];
    const requesters = new Set([...allow.map(granteeOf), ...asked.map(({ requester }) => requester)]);
    return [...requesters].map((requester) => ({
      secret: name,
      requester,
      ...cellOf(
        { requester, pinned, project, digests },
        allow,
        asked.filter((wish) => wish.requester === requester),
      ),
    }));
  });
  const secrets = entries.map(({ name }) => name);
  return { group, pinned, secrets, requesters: columns(project, cells), cells };
}

/** Every request of a step, by secret: from each tool alone, and from each agent's tools through the agent. */
function wishesOf(project: Project, digests: Digests, facts: GroupPolicy): ReadonlyMap<string, readonly Wish[]> {
  const { tools, agents } = project.snapshot.catalog;
  const found = new Map<string, Wish[]>();
  const add = ({ name }: SecretRequest, wish: Wish) => {
    if (facts.secrets.has(name)) found.set(name, [...(found.get(name) ?? []), wish]);
  };
  for (const tool of tools.values())
    for (const request of requests(tool, [])) {
      const decision = decide(request, requesterOf(tool, undefined, digests), facts);
      add(request, { requester: `tool:${tool.name}`, tool, decision });
    }
  for (const agent of agents.values())
    for (const own of tools.values()) {
      if (agentToolFor(agent, own.name) === null) continue;
      for (const tool of callTree(own, tools))
        for (const request of requests(tool, tool === own ? [agent] : [])) {
          const decision = decide(request, requesterOf(tool, agent, digests), facts);
          const stopped = !agent.secrets.some(({ name }) => name === request.name);
          add(request, { requester: `agent:${agent.name}`, tool, through: own.name, stopped, decision });
        }
    }
  return found;
}

function requests(tool: Tool, agents: Parameters<typeof secretsOf>[2]): readonly SecretRequest[] {
  return tool.steps.filter(isRun).flatMap((step) => secretsOf(tool, step, agents));
}

interface Subject {
  readonly requester: string;
  readonly pinned: boolean;
  readonly project: Project;
  readonly digests: Digests;
}

function cellOf(subject: Subject, allow: readonly Grant[], wishes: readonly Wish[]) {
  const { requester, pinned } = subject;
  const own = allow.filter((grant) => granteeOf(grant) === requester);
  const former = (grant: Grant) => grant.digest !== undefined && grant.digest !== digestOf(subject, grant);
  const refused = wishes.find(({ decision }) => !decision.granted);
  const asked = wishes.length > 0;
  const counts = own.some((grant) => !former(grant) && (!pinned || grant.digest !== undefined));
  const granted = asked ? refused === undefined : counts;
  const behind = new Set([requester, ...wishes.map(({ tool }) => `tool:${tool.name}`)]);
  const through = new Set(wishes.flatMap((wish) => wish.through ?? []));
  const stopped = wishes.some((wish) => wish.stopped === true);
  return {
    asked,
    granted,
    outdated: !granted && !stopped && allow.some((grant) => behind.has(granteeOf(grant)) && former(grant)),
    reason: (refused ?? wishes[0])?.decision.reason ?? (counts ? 'no step asks for it' : 'the grant does not count'),
    grants: own.map(({ text }) => text),
    ...(through.size > 0 && { through: [...through] }),
  };
}

/**
 * Tools and agents by name, then the other requesters that grants name: `exec`, `*`, and definitions that no longer
 * exist.
 */
function columns({ snapshot: { catalog } }: Project, cells: readonly AccessCell[]): readonly string[] {
  const used = new Set(cells.map(({ requester }) => requester));
  const tools = [...catalog.tools.keys()].map((name) => `tool:${name}`).sort();
  const agents = [...catalog.agents.keys()].map((name) => `agent:${name}`).sort();
  const present = [...tools, ...agents];
  return [...present.filter((one) => used.has(one)), ...[...used].filter((one) => !present.includes(one)).sort()];
}

function digestOf({ project, digests }: Subject, grant: Grant): string | undefined {
  const { tools, agents } = project.snapshot.catalog;
  const tool = grant.to === 'tool' || grant.to === 'trigger' ? tools.get(grant.name) : undefined;
  const agent = grant.to === 'agent' ? agents.get(grant.name) : undefined;
  return tool ? digests.tool(tool) : agent && digests.agent(agent);
}

function granteeOf(grant: Grant): string {
  if (grant.to === 'any') return '*';
  return grant.to === 'exec' ? 'exec' : `${grant.to}:${grant.name}`;
}
