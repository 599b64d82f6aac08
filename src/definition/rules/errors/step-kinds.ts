import { type Problem, placeKey, problem } from '../../../text/problem.ts';
import type { Named, Step } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';
import { unknownKeys } from '../unknown-keys.ts';

const OF_A_SCRIPT = ['shell', 'templates', 'secrets', 'env', 'workdir', 'image', 'network', 'output', 'outputs'];

/** A step is a script or a call, and has no keys of the other kind, which would have no effect. */
export const stepKinds: Rule = {
  name: 'step-kinds',
  visitor({ catalog }) {
    const unknown = unknownKeys(catalog);
    return { step: (step) => [...stepKindProblems(step, unknown), ...strayLimit(step, unknown)] };
  },
};

/** @param unknown the places of keys that the schema does not have */
function stepKindProblems(step: Step, unknown: ReadonlySet<string>): Problem[] {
  const key = (name: string) => step.keys.find((one) => one.name === name);
  const runs = key('run');
  const calls = key('uses');
  const values = key('with') ?? key('coerce');
  if (runs !== undefined && calls !== undefined) return [both(step, runs, calls)];
  if (runs !== undefined) return values === undefined ? [] : [valuesForScript(step, values)];
  if (calls !== undefined) return strayKeys(step);
  // An unknown key is most likely one of the two, misspelt.
  return step.keys.some((one) => unknown.has(placeKey(one))) ? [] : [neither(step)];
}

function both(step: Step, runs: Named, calls: Named): Problem {
  return problem('schema/step-kind', `the step "${step.id}" has both \`run\` and \`uses\``, {
    at: calls.at,
    hint: 'make two steps of it',
    related: [{ message: '`run` is here', at: runs.at }],
  });
}

function neither(step: Step): Problem {
  return problem('schema/step-kind', `the step "${step.id}" has neither \`run\` nor \`uses\``, {
    at: step.at,
    hint: 'add `run:` with a script, or `uses:` with the name of a tool',
  });
}

function valuesForScript(step: Step, { name, at }: Named): Problem {
  return problem('schema/step-kind', `\`${name}\` goes with \`uses\`, and the step "${step.id}" has \`run\``, {
    at,
    hint: name === 'with' ? 'move the values to `env:` of the step' : `remove \`${name}\``,
  });
}

function strayLimit({ id, keys }: Step, unknown: ReadonlySet<string>): Problem[] {
  const limit = keys.find(({ name }) => name === 'maxParallel');
  if (limit === undefined || keys.some((one) => one.name === 'forEach' || unknown.has(placeKey(one)))) return [];
  return [
    problem('schema/step-kind', `\`maxParallel\` goes with \`forEach\`, and the step "${id}" has none`, {
      at: limit.at,
      hint: 'remove it, or add `forEach:` with a list to repeat the step for',
    }),
  ];
}

function strayKeys(step: Step): Problem[] {
  const stray = step.keys.filter(({ name }) => OF_A_SCRIPT.includes(name));
  const [first] = stray;
  if (first === undefined) return [];
  const list = stray.map(({ name }) => `\`${name}\``).join(', ');
  const verb = stray.length === 1 ? 'goes' : 'go';
  return [
    problem('schema/step-kind', `${list} ${verb} with \`run\`, and the step "${step.id}" has \`uses\``, {
      at: first.at,
      hint: `remove ${stray.length === 1 ? 'it' : 'them'}: a called tool has its own, and takes its arguments under \`with:\``,
    }),
  ];
}
