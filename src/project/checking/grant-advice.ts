import { agentToolFor } from '../../definition/model/agent-tools.ts';
import { Digests } from '../../definition/model/digest.ts';
import { requestsOf, requestsThrough } from '../../definition/model/requests.ts';
import type { SecretRequest, Tool } from '../../definition/model/tool.ts';
import { parseGrant } from '../../grant.ts';
import { type Decision, decide, type GroupPolicy, type Requester, requesterOf } from '../../plan/grants.ts';
import { type Problem, problem } from '../../text/problem.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Group } from '../../vault/format/root-document.ts';
import { digestWorld, type ListedFacts } from '../repository/listed-files.ts';
import type { Snapshot } from '../repository/snapshot.ts';

/**
 * Reports before a run what the run would refuse: a secret that no group grants to the tool that needs it and, for each
 * group, a secret that was granted to an earlier form of the tool. It does the same for agents that ask for the secrets
 * of their tools. A tool may be meant for one group only, so a grant in one group is enough.
 */
export function grantAdvice(
  snapshot: Snapshot,
  groups: ReadonlyMap<string, Group>,
  entries: readonly Entry[],
  listed: (tool: Tool) => ListedFacts,
): Problem[] {
  const { catalog } = snapshot;
  const digests = new Digests(digestWorld(catalog, listed));
  const facts = [...groups].map(([name, group]) => policyOf(name, group, entries));
  const ofTools = [...catalog.tools.values()].flatMap((tool) => {
    const requests = new Map(requestsOf(tool).map((request) => [request.name, request]));
    const asks = asksOf(tool, snapshot, digests);
    return [...requests.values()].flatMap((request) => adviceFor(request, asks, facts));
  });
  const ofAgents = [...catalog.agents.values()].flatMap((agent) =>
    [...catalog.tools.values()].flatMap((tool) =>
      requestsThrough(agent, tool).flatMap((request) => adviceFor(request, [requesterOf(tool, agent, digests)], facts)),
    ),
  );
  return [...ofTools, ...ofAgents];
}

function adviceFor(request: SecretRequest, asks: readonly Requester[], facts: readonly GroupPolicy[]): Problem[] {
  const holding = facts.filter(({ secrets }) => secrets.has(request.name));
  const decided = holding.map((group) => ({ group, decision: bestOf(request, asks, group) }));
  const outdated = decided.filter(({ group, decision }) => !decision.granted && hasDigestFor(request, asks, group));
  const isGranted = decided.some(({ decision }) => decision.granted);
  const [first] = decided;
  const said = outdated.length > 0 ? outdated : !isGranted && request.required && first !== undefined ? [first] : [];
  return said.map(({ decision }) =>
    problem('secret/ungranted', decision.reason, {
      at: request.at,
      severity: 'warning',
      ...(decision.hint !== undefined && { hint: decision.hint }),
    }),
  );
}

/** The tool alone first, then through each agent that has it. */
function asksOf(tool: Tool, { catalog }: Snapshot, digests: Digests): readonly Requester[] {
  const agents = [...catalog.agents.values()].filter((agent) => agentToolFor(agent, tool.name) !== null);
  return [undefined, ...agents].map((agent) => requesterOf(tool, agent, digests));
}

function bestOf(request: SecretRequest, asks: readonly Requester[], facts: GroupPolicy): Decision {
  const decisions = asks.map((requester) => decide(request, requester, facts));
  const [alone] = decisions;
  return decisions.find(({ granted }) => granted) ?? alone ?? { granted: false, reason: '' };
}

function hasDigestFor(
  { name, askedBy }: SecretRequest,
  [requester]: readonly Requester[],
  { secrets }: GroupPolicy,
): boolean {
  const allow = secrets.get(name)?.allow ?? [];
  const grantee = askedBy === 'agent' ? requester?.agent?.name : requester?.tool;
  return allow.some((grant) => grant.to === askedBy && grant.name === grantee && grant.digest !== undefined);
}

function policyOf(group: string, { pinned }: Group, entries: readonly Entry[]): GroupPolicy {
  const own = entries.filter((entry) => entry.group === group);
  const secrets = own.map(({ name, version, allow }) => {
    return [name, { version, allow: allow.flatMap((text) => parseGrant(text) ?? []) }] as const;
  });
  return { group, pinned, secrets: new Map(secrets) };
}
