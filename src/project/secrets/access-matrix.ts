import { ceilingOf, requestsOf } from '../../definition/model/requests.ts';
import { type Grant, parseGrant } from '../../grant.ts';
import type { Project } from '../project.ts';

/** What one requester may do with one secret, and what it asks for. Pairs with neither are left out. */
export interface AccessCell {
  readonly secret: string;
  /** `tool:NAME`, `agent:NAME`, `exec` or `*` */
  readonly requester: string;
  /** Its definition asks for the secret; an agent: it stands under its ceiling. */
  readonly asked: boolean;
  readonly granted: boolean;
  /** The grant names an earlier definition, and so does not count. */
  readonly outdated: boolean;
}

/** Who may use what in one group. */
export interface AccessMatrix {
  readonly group: string;
  /** Only grants by digest count. */
  readonly pinned: boolean;
  readonly secrets: readonly string[];
  readonly requesters: readonly string[];
  readonly cells: readonly AccessCell[];
}

/** Needs no key. @throws LockstepError `vault/missing`, `group/unknown` */
export async function accessMatrix(project: Project, wanted?: string): Promise<AccessMatrix> {
  const vault = await project.vault.require();
  const group = project.vault.chooseGroup(vault, project.snapshot.config, wanted);
  const { entries } = await vault.entries(group);
  const asked = wishes(project);
  const cells = entries.flatMap(({ name, allow }) => {
    const grants = allow.flatMap((text) => parseGrant(text) ?? []);
    const requesters = new Set([...grants.map(requesterOf), ...(asked.get(name) ?? [])]);
    return [...requesters].map((requester) => ({
      secret: name,
      requester,
      asked: asked.get(name)?.has(requester) ?? false,
      ...standing(
        project,
        grants.filter((grant) => requesterOf(grant) === requester),
      ),
    }));
  });
  const { catalog } = project.snapshot;
  const present = [...catalog.tools.keys()].map((name) => `tool:${name}`).sort();
  const agents = [...catalog.agents.keys()].map((name) => `agent:${name}`).sort();
  const used = new Set(cells.map(({ requester }) => requester));
  const gone = [...used].filter((one) => !present.includes(one) && !agents.includes(one)).sort();
  return {
    group,
    pinned: vault.requireGroup(group).pinned,
    secrets: entries.map(({ name }) => name),
    requesters: [...[...present, ...agents].filter((one) => used.has(one)), ...gone],
    cells,
  };
}

/** Who asks for each secret. */
function wishes({ snapshot: { catalog } }: Project): ReadonlyMap<string, ReadonlySet<string>> {
  const asked = new Map<string, Set<string>>();
  const add = (secret: string, requester: string) => {
    asked.set(secret, (asked.get(secret) ?? new Set()).add(requester));
  };
  for (const tool of catalog.tools.values()) for (const { name } of requestsOf(tool)) add(name, `tool:${tool.name}`);
  for (const agent of catalog.agents.values()) for (const name of ceilingOf(agent)) add(name, `agent:${agent.name}`);
  return asked;
}

function standing(project: Project, grants: readonly Grant[]): Pick<AccessCell, 'granted' | 'outdated'> {
  const counts = grants.some((grant) => grant.digest === undefined || grant.digest === digestOf(project, grant));
  return { granted: counts, outdated: grants.length > 0 && !counts };
}

function digestOf(project: Project, grant: Grant): string | undefined {
  const { tools, agents } = project.snapshot.catalog;
  const tool = grant.to === 'tool' ? tools.get(grant.name) : undefined;
  const agent = grant.to === 'agent' ? agents.get(grant.name) : undefined;
  return tool ? project.digest(tool) : agent && project.agentDigest(agent);
}

function requesterOf(grant: Grant): string {
  return grant.to === 'tool' || grant.to === 'agent' ? `${grant.to}:${grant.name}` : grant.to;
}
