import { type Problem, problem } from '../../../text/problem.ts';
import { nearest } from '../../../text/suggestion.ts';
import type { Named, RunStep, SecretRequest, Tool } from '../../model/tool.ts';
import type { Rule, RuleContext } from '../rule.ts';

/**
 * Every secret that a definition names is in the vault. A secret that a tool or an agent requires for a run is also in
 * the groups of that run. Where no vault exists yet, this is only a warning.
 */
export const knownSecrets: Rule = {
  name: 'known-secrets',
  visitor({ secretNames, groups }) {
    const unknown = (list: readonly SecretRequest[]) =>
      list.flatMap((named) => unknownSecretProblems(named, secretNames, list));
    const absent = (requests: readonly SecretRequest[]) =>
      requests.flatMap((request) => (secretNames?.has(request.name) ? absence(request, groups) : []));
    const asked = ({ secrets }: Pick<RunStep | Tool, 'secrets'>) => [...unknown(secrets), ...absent(secrets)];
    return {
      tool: asked,
      run: asked,
      agent: ({ secrets }) => [...unknown(secrets), ...absent(secrets.filter(({ tools }) => tools.length > 0))],
    };
  },
};

/** The secret is in the vault, but not in a group where a run would look for it. */
function absence({ name, at, required }: SecretRequest, groups: RuleContext['groups'] = new Map()): Problem[] {
  const missing = [...groups].flatMap(([group, names]) => (names.has(name) ? [] : [group]));
  if (!required || missing.length === 0) return [];
  const [holders, hold] = missing.length === 1 ? ['the group', 'holds'] : ['the groups', 'hold'];
  return [
    problem(
      'secret/unknown',
      `${holders} ${missing.map((group) => `"${group}"`).join(' and ')} ${hold} no secret "${name}"; another group does`,
      {
        at,
        hint: missing.map((group) => `\`lockstep secret set ${name} --group ${group}\``).join(' and '),
      },
    ),
  ];
}

function unknownSecretProblems(
  { name, at, ...request }: Named & { readonly required?: boolean },
  known: ReadonlySet<string> | null,
  list: readonly Named[],
): Problem[] {
  if (known?.has(name)) return [];
  if (known === null) {
    return [
      problem('secret/unchecked', `the secret "${name}" cannot be looked up: the repository has no vault`, {
        at,
        severity: 'warning',
        hint: `\`lockstep init\` makes one, and \`lockstep secret set ${name}\` stores it`,
      }),
    ];
  }
  return [
    problem('secret/unknown', `the vault holds no secret "${name}"`, {
      at,
      severity: request.required === false ? 'warning' : 'error',
      hint: unknownHint(name, nearest(name, known), list),
    }),
  ];
}

function unknownHint(name: string, similar: string | undefined, list: readonly Named[]): string {
  const store = `\`lockstep secret set ${name}\` stores it`;
  if (similar === undefined) return store;
  if (list.some((one) => one.name === similar))
    return `remove it if you mean "${similar}", which the list has; else ${store}`;
  return `did you mean "${similar}"? Else ${store}`;
}
