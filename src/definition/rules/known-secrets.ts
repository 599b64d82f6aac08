import { type Problem, problem } from '../../text/problem.ts';
import { nearest } from '../../text/suggestion.ts';
import type { Named } from '../tool.ts';
import type { Rule } from './rule.ts';

/** Every secret that a definition names is in the vault. Where there is no vault yet this is only said. */
export const knownSecrets: Rule = {
  name: 'known-secrets',
  check({ catalog, secretNames }) {
    const tools = [...catalog.tools.values()].flatMap((tool) => [
      ...tool.secrets,
      ...tool.steps.flatMap((step) => (step.does === 'run' ? step.secrets : [])),
    ]);
    const agents = [...catalog.agents.values()].flatMap((agent) => agent.secrets);
    return [...tools, ...agents].flatMap((named) => fault(named, secretNames));
  },
};

function fault(
  { name, at, ...request }: Named & { readonly required?: boolean },
  known: ReadonlySet<string> | null,
): Problem[] {
  if (known?.has(name)) return [];
  if (known === null) {
    return [
      problem('secret/unchecked', `the secret "${name}" cannot be looked up: the repository has no vault`, {
        at,
        severity: 'warning',
        hint: '`lockstep init` makes one',
      }),
    ];
  }
  const similar = nearest(name, known);
  return [
    problem('secret/unknown', `the vault holds no secret "${name}"`, {
      at,
      severity: request.required === false ? 'warning' : 'error',
      hint:
        similar === undefined
          ? `\`lockstep secret set ${name}\` stores it`
          : `did you mean "${similar}"? Else \`lockstep secret set ${name}\` stores it`,
    }),
  ];
}
