import type { Grant } from '../../../grant.ts';
import { hasErrors, type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { agentToolFor } from '../../model/agent-tools.ts';
import type { Catalog } from '../../model/catalog.ts';
import { requestsOf, requestsThrough } from '../../model/requests.ts';
import type { GrantedSecret, Rule } from '../rule.ts';

/** A grant that no definition asks for is an open door, for example for a later tool of that name. */
export const unusedGrants: Rule = {
  name: 'unused-grants',
  visitor({ catalog, repositoryFacts }) {
    // Where files are broken, the requests are not all known.
    if (repositoryFacts === undefined || hasErrors(catalog.problems)) return {};
    return { end: () => repositoryFacts.secrets.flatMap((secret) => grantsToNobody(secret, catalog)) };
  },
};

function grantsToNobody(secret: GrantedSecret, catalog: Catalog): Problem[] {
  return secret.allow.flatMap((grant) => {
    const why = whyUnused(secret.name, grant, catalog);
    return why === undefined ? [] : unusedGrantProblem(secret, grant, why);
  });
}

function whyUnused(secret: string, grant: Grant, catalog: Catalog): string | undefined {
  switch (grant.to) {
    case 'tool':
      return whyNoTool(secret, grant.name, catalog);
    case 'agent':
      return whyNoAgent(secret, grant.name, catalog);
    case 'trigger':
      return whyNoTrigger(secret, grant.name, catalog);
    case 'any':
      return 'it allows anything that is added to the repository';
    case 'exec':
      return undefined;
  }
}

function whyNoTool(secret: string, name: string, { tools }: Catalog): string | undefined {
  const tool = tools.get(name);
  if (tool === undefined) return missing('tool', name, tools);
  return requestsOf(tool).some((request) => request.name === secret) ? undefined : `${name} does not ask for it`;
}

function whyNoTrigger(secret: string, name: string, { tools }: Catalog): string | undefined {
  const tool = tools.get(name);
  if (tool === undefined) return missing('tool', name, tools);
  return tool.triggers.webhook?.secret.name === secret ? undefined : `no webhook of ${name} is signed with it`;
}

function whyNoAgent(secret: string, name: string, { tools, agents }: Catalog): string | undefined {
  const agent = agents.get(name);
  if (agent === undefined) return missing('agent', name, agents);
  if (!agent.secrets.some((one) => one.name === secret)) return `${name} does not list it under \`secrets\``;
  const asks = [...tools.values()].some(
    (tool) =>
      agentToolFor(agent, tool.name) !== null &&
      [...requestsOf(tool), ...requestsThrough(agent, tool)].some((one) => one.name === secret),
  );
  return asks ? undefined : `neither ${name} nor one of its tools asks for it`;
}

function missing(kind: 'tool' | 'agent', name: string, known: ReadonlyMap<string, unknown>): string {
  const hint = didYouMean(name, known.keys());
  return `there is no ${kind} "${name}"${hint === undefined ? '' : ` (${hint})`}`;
}

function unusedGrantProblem({ name, group, at }: GrantedSecret, grant: Grant, why: string): Problem {
  return problem('secret/unused-grant', `${name} in ${group} is granted to ${grant.text}, and ${why}`, {
    at: at(),
    severity: 'warning',
    hint: `\`lockstep secret revoke ${name} --to '${grant.text}' --group ${group}\``,
  });
}
