import { ITEM_VARIABLES, isReservedVariable } from '../../../names.ts';
import { type Location, type Problem, problem } from '../../../text/problem.ts';
import { placeOf } from '../../expressions/template.ts';
import { secretsOf } from '../../model/requests.ts';
import type { RunStep, SecretRequest, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** Within a step one variable has one source; and no declaration replaces a variable that Lockstep itself sets. */
export const variables: Rule = {
  name: 'variables',
  visitor: () => ({
    tool: ({ env, secrets }) => [...reservedAmong(env), ...requestProblems(secrets)],
    run: (step, tool) => [
      ...reservedAmong(step.env),
      ...requestProblems(step.secrets),
      ...variableClashes(tool, step),
      ...(step.forEach ? itemClashes(tool, step) : []),
    ],
    agent: ({ variables }) => variables.flatMap(({ name, at }) => reserved(name, at)),
  }),
};

function reservedAmong(env: Tool['env']): Problem[] {
  return [...env].flatMap(([name, template]) => reserved(name, placeOf(template)));
}

function reserved(variable: string, at: Location): Problem[] {
  if (!isReservedVariable(variable)) return [];
  return [
    problem('reference/variable', `the variable "${variable}" is kept for Lockstep`, {
      at,
      hint: 'choose a name that does not begin with LOCKSTEP_ or INPUT_',
    }),
  ];
}

/** Problems within one list of requests. A step's own request may replace the tool's. */
export function requestProblems(requests: readonly SecretRequest[]): Problem[] {
  const taken = new Map<string, SecretRequest>();
  return requests.flatMap((request) => {
    const { name, variable, at } = request;
    const other = taken.get(variable);
    if (other === undefined) {
      taken.set(variable, request);
      return reserved(variable, at);
    }
    const [message, hint] =
      other.name === name
        ? [`the secret "${name}" is asked for twice`, 'remove one of the two']
        : variable === ''
          ? [`the secrets "${other.name}" and "${name}" both want standard input`, 'give one of them `as: file`']
          : [`the secrets "${other.name}" and "${name}" both want $${variable}`, 'give one of them another `env:`'];
    const related = [{ message: 'the other one is here', at: other.at }];
    return [problem('reference/variable', message, { at, hint, related })];
  });
}

function variableClashes(tool: Tool, step: RunStep): Problem[] {
  const requests = new Map(secretsOf(tool, step).map((request) => [request.variable, request]));
  return [...requests].flatMap(([variable, request]) => {
    const plain = step.env.get(variable) ?? tool.env.get(variable);
    if (plain === undefined) return [];
    return [
      problem('reference/variable', `$${variable} is both the secret "${request.name}" and a plain variable`, {
        at: placeOf(plain),
        hint: 'remove it from `env:`, or give the secret another `env:`',
        related: [{ message: 'the secret is asked for here', at: request.at }],
      }),
    ];
  });
}

/** `forEach` sets two variables for its step. */
function itemClashes(tool: Tool, step: RunStep): Problem[] {
  return ITEM_VARIABLES.flatMap((variable) => {
    const plain = step.env.get(variable) ?? tool.env.get(variable);
    const at = plain ? placeOf(plain) : secretsOf(tool, step).find((request) => request.variable === variable)?.at;
    if (at === undefined) return [];
    return [
      problem('reference/variable', `\`forEach\` of the step "${step.id}" sets $${variable} itself`, {
        at,
        hint: 'choose another name for this one',
        related: [{ message: 'the step is here', at: step.at }],
      }),
    ];
  });
}
