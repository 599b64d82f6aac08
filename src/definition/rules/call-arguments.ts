import { type Problem, placeKey, problem } from '../../text/problem.ts';
import { didYouMean, nearest } from '../../text/suggestion.ts';
import { valueFaults } from '../argument-value.ts';
import { coerceArgument } from '../coerce-argument.ts';
import { isLiteral, renderData } from '../template.ts';
import type { Argument, CallStep, Tool } from '../tool.ts';
import type { Rule } from './rule.ts';

/** A call gives what the called tool declares: nothing unknown, nothing required left out, no literal of another type. */
export const callArguments: Rule = {
  name: 'call-arguments',
  check({ catalog }) {
    const unknown = new Set(catalog.problems.filter(({ code }) => code === 'schema/unknown-key').map(placeKey));
    return [...catalog.tools.values()].flatMap((tool) =>
      tool.steps.flatMap((step) => {
        const called = step.does === 'call' ? catalog.tools.get(step.tool.name) : undefined;
        if (step.does !== 'call' || called === undefined || catalog.misshapen.has(called)) return [];
        // A key that nobody knows may be `with`, misspelt.
        const isWhole = !step.keys.some((key) => unknown.has(placeKey(key)));
        return callFaults(step, called).filter(({ code }) => isWhole || code !== 'args/missing');
      }),
    );
  },
};

function callFaults(step: CallStep, called: Tool): Problem[] {
  const names = [...called.args.keys()];
  const misspelt = new Set(
    [...step.with.keys()].filter((name) => !names.includes(name)).map((one) => nearest(one, names)),
  );
  const faults: Problem[] = [];
  for (const argument of called.args.values()) {
    if (!argument.required || step.with.has(argument.name) || misspelt.has(argument.name)) continue;
    faults.push(
      problem('args/missing', `${called.name} needs the argument "${argument.name}"`, {
        at: step.tool.at,
        hint: `add \`with: {${argument.name}: ...}\``,
        related: [declared(argument)],
      }),
    );
  }
  for (const [name, { value, at }] of step.with) {
    const argument = called.args.get(name);
    if (argument === undefined) {
      faults.push(
        problem('args/unknown', `${called.name} has no argument "${name}"`, {
          at,
          hint:
            didYouMean(name, names) ?? (names.length > 0 ? `its arguments are: ${names.join(', ')}` : 'it takes none'),
        }),
      );
    } else if (isLiteral(value)) {
      const literal = renderData(value, {
        args: {},
        env: {},
        steps: {},
        status: { success: true, failure: false, always: true, cancelled: false },
      });
      const read = step.coerce ? coerceArgument(literal, argument) : { value: literal };
      for (const fault of read === undefined
        ? []
        : 'fault' in read
          ? [read.fault]
          : valueFaults(read.value, argument.schema))
        faults.push(
          problem('args/invalid', `the argument "${name}" of ${called.name} ${fault}`, {
            at,
            related: [declared(argument)],
          }),
        );
    }
  }
  return faults;
}

function declared(argument: Argument) {
  return { message: `"${argument.name}" is declared here`, at: argument.at };
}
