import { agentToolFor } from '../definition/model/agent-tools.ts';
import type { Digests, Explanation } from '../definition/model/digest.ts';
import type { Agent, SecretRequest, Tool } from '../definition/model/tool.ts';
import type { Grant } from '../grant.ts';
import { isDangerousVariable } from '../names.ts';

/** The vault's data about one secret, without its value. */
export interface SecretFact {
  readonly version: number;
  readonly allow: readonly Grant[];
}

/** The vault's data about the group that a run uses. */
export interface GroupPolicy {
  readonly group: string;
  /** Only grants by digest count. */
  readonly pinned: boolean;
  readonly secrets: ReadonlyMap<string, SecretFact>;
}

/** The tool whose step asks (a called tool asks for itself), and the agent that started the run, if any. */
export interface Requester {
  readonly tool: string;
  readonly digest: () => string | undefined;
  /** The digest in the previous format, for grants that an older Lockstep pinned. */
  readonly formerDigest: () => string | undefined;
  /** The explanation, if the tool has one of the digests in another checkout of the same commit. */
  readonly checkout: (digests: readonly (string | undefined)[]) => Explanation | undefined;
  readonly agent?: Agent;
  readonly agentDigest: () => string | undefined;
  /** Whether the image of the step or of a service is named without its digest. */
  readonly hasUnpinnedImage?: boolean;
}

/** @param agent the agent that starts the tool */
export function requesterOf(tool: Tool, agent: Agent | undefined, digests: Digests): Requester {
  return {
    tool: tool.name,
    digest: () => digests.tool(tool),
    formerDigest: () => digests.former(tool),
    checkout: (known) => digests.checkout(tool, known),
    ...(agent && { agent }),
    agentDigest: () => agent && digests.agent(agent),
  };
}

/** `lockstep exec`: a command without a definition. */
export type CommandRequester = 'exec';

export interface Decision {
  readonly granted: boolean;
  /**
   * `unknown`: the group lacks it. `ungranted`: the vault or the agent's ceiling refuses. `variable`: a dangerous name.
   */
  readonly fault?: 'unknown' | 'ungranted' | 'variable';
  /** One clause for people that gives the reason. */
  readonly reason: string;
  /** The next command, if any. */
  readonly hint?: string;
}

/** The requested secret, its variable, and the requester. A command requests for itself, as a tool does. */
type SecretWish = Pick<SecretRequest, 'name' | 'variable'> & Partial<Pick<SecretRequest, 'askedBy'>>;

/**
 * (the request) ∩ (the agent's ceiling) ∩ (the vault's grant), else the step does not start. A secret that the agent
 * requests needs a grant to the agent; a grant to the tool covers only the tool's own requests.
 */
export function decide(request: SecretWish, requester: Requester | CommandRequester, facts: GroupPolicy): Decision {
  const { name, variable } = request;
  const agent = requester === 'exec' ? undefined : requester.agent;
  const fact = facts.secrets.get(name);
  if (fact === undefined)
    return {
      granted: false,
      fault: 'unknown',
      reason: `the group "${facts.group}" holds no ${name}`,
      hint: `lockstep secret set ${name} --group ${facts.group}`,
    };
  if (agent !== undefined && !agent.secrets.some((one) => one.name === name))
    return ungranted(
      `the agent ${agent.name} does not list ${name} under \`secrets\``,
      `add ${name} to \`secrets:\` of the agent ${agent.name}`,
    );
  const isAgentsOwn = request.askedBy === 'agent';
  const matching = fact.allow
    .filter((grant) => matches(grant, requester) && !(isAgentsOwn && grant.to === 'tool'))
    .filter((grant) => !facts.pinned || grant.digest !== undefined);
  const [first] = matching;
  if (first === undefined && isAgentsOwn && agent !== undefined) return agentRefusal(name, agent, fact, facts);
  if (first === undefined) return refusalOf(name, requester, fact, facts);
  if (facts.pinned && agent !== undefined && agent.env.size > 0 && !matching.some(({ to }) => to === 'agent'))
    return unpinnedAgent(name, agent, fact, facts);
  if (facts.pinned && requester !== 'exec' && requester.hasUnpinnedImage)
    return ungranted(
      `the group "${facts.group}" is pinned, and the image of the step, or of a service beside it, is not written out with its @sha256:`,
      'name the image by its digest: NAME@sha256:DIGEST, without an expression',
    );
  if (isDangerousVariable(variable) && !matching.some((grant) => grant.as === variable))
    return dangerous(request, requester, facts);
  return { granted: true, reason: `granted to ${first.text}` };
}

function dangerous(
  { name, variable, askedBy }: SecretWish,
  requester: Requester | CommandRequester,
  facts: GroupPolicy,
): Decision {
  const agent = requester === 'exec' ? undefined : requester.agent;
  const to = askedBy === 'agent' && agent !== undefined ? `agent:${agent.name}` : grantee(requester);
  const elsewhere = requester === 'exec' ? `--secret ${name}=VARIABLE` : '`env:` of the request';
  return {
    granted: false,
    fault: 'variable',
    reason: `$${variable} runs or redirects code, and no grant says "as:${variable}"`,
    hint: `inject it under another name (${elsewhere}), or ${grantCommand(name, to, facts)} --as ${variable}`,
  };
}

function matches(grant: Grant, requester: Requester | CommandRequester): boolean {
  if (requester === 'exec') return grant.to === 'exec' || grant.to === 'any';
  switch (grant.to) {
    case 'any':
      return true;
    case 'exec':
    case 'trigger':
      return false;
    case 'agent':
      return (
        requester.agent?.name === grant.name &&
        // The grant covers the tools that the agent lists, and not the tools that these call.
        agentToolFor(requester.agent, requester.tool) !== null &&
        (grant.digest === undefined || grant.digest === requester.agentDigest())
      );
    case 'tool':
      return grant.name === requester.tool && (grant.digest === undefined || grant.digest === requester.digest());
  }
}

function refusalOf(
  name: string,
  requester: Requester | CommandRequester,
  fact: SecretFact,
  facts: GroupPolicy,
): Decision {
  const command = grantCommand(name, grantee(requester), facts);
  if (requester === 'exec')
    return facts.pinned ? unpinnable(name, facts) : ungranted(`${name} is not granted to exec`, command);
  const pins = pinsOf(fact, 'tool', requester.tool);
  const repin = `lockstep secret repin ${requester.tool} --group ${facts.group}`;
  if (pins.some(({ digest }) => digest === requester.formerDigest()))
    return ungranted(
      `the grant of ${name} names a digest of an older Lockstep, which covered less of ${requester.tool} than a digest does now`,
      `${repin}, or all at once: lockstep secret repin --all`,
    );
  const checkout = pins.length === 0 ? undefined : requester.checkout(pins.map(({ digest }) => digest));
  if (checkout !== undefined)
    return ungranted(`the grant of ${name} is for the same commit: ${checkout.reason}`, checkout.hint);
  if (pins.length > 0)
    return ungranted(
      `the grant of ${name} is for another form of ${requester.tool}: the definition or one of its files has changed`,
      repin,
    );
  const { agent } = requester;
  if (agent !== undefined && pinsOf(fact, 'agent', agent.name).length > 0) return outdatedAgent(name, agent, facts);
  if (facts.pinned)
    return ungranted(
      `the group "${facts.group}" is pinned and ${name} is not granted to this form of ${requester.tool}`,
      `${command} --pin`,
    );
  return ungranted(`${name} is not granted to ${requester.tool}`, command);
}

function agentRefusal(name: string, agent: Agent, fact: SecretFact, facts: GroupPolicy): Decision {
  if (pinsOf(fact, 'agent', agent.name).length > 0) return outdatedAgent(name, agent, facts);
  const command = grantCommand(name, `agent:${agent.name}`, facts);
  const asks = `the agent ${agent.name}, which asks for it`;
  return facts.pinned
    ? ungranted(
        `the group "${facts.group}" is pinned and ${name} is not granted to this form of ${asks}`,
        `${command} --pin`,
      )
    : ungranted(`${name} is not granted to ${asks}`, command);
}

function outdatedAgent(name: string, { name: agent }: Agent, { group }: GroupPolicy): Decision {
  return ungranted(
    `the grant of ${name} is for another form of the agent ${agent}: it, or one of its tools, has changed`,
    `lockstep secret repin agent:${agent} --group ${group}`,
  );
}

/**
 * Refuses an agent that the grant does not pin: its variables reach the tool's steps, and the tool's digest does not
 * cover them.
 */
function unpinnedAgent(name: string, agent: Agent, fact: SecretFact, { group }: GroupPolicy): Decision {
  const isOutdated = pinsOf(fact, 'agent', agent.name).length > 0;
  return ungranted(
    `the agent ${agent.name} sets variables of the step, and in the pinned group "${group}" no grant of ${name} names this form of the agent`,
    isOutdated
      ? `lockstep secret repin agent:${agent.name} --group ${group}`
      : `lockstep secret grant ${name} --to agent:${agent.name} --pin --group ${group}`,
  );
}

function pinsOf({ allow }: SecretFact, to: 'tool' | 'agent', name: string): readonly Grant[] {
  return allow.filter((grant) => grant.to === to && grant.name === name && grant.digest !== undefined);
}

function ungranted(reason: string, hint: string): Decision {
  return { granted: false, fault: 'ungranted', reason, hint };
}

/** Refuses `exec`, which can run any command, so that no digest exists for a grant to name. */
function unpinnable(name: string, { group }: GroupPolicy): Decision {
  return ungranted(
    `the group "${group}" is pinned, and a command has no definition to pin`,
    `write a tool that asks for ${name}, and grant it with --pin`,
  );
}

function grantee(requester: Requester | CommandRequester): string {
  return requester === 'exec' ? 'exec' : `tool:${requester.tool}`;
}

function grantCommand(name: string, to: string, { group }: GroupPolicy): string {
  return `lockstep secret grant ${name} --to ${to} --group ${group}`;
}
