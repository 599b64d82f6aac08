import type { JsonValue } from '../../../text/node.ts';
import { type Problem, placeKey, problem } from '../../../text/problem.ts';
import { didYouMean, nearest } from '../../../text/suggestion.ts';
import { ALL_WELL, type Scope } from '../../expressions/expression.ts';
import { isLiteral, renderData } from '../../expressions/template.ts';
import type { Argument, CallStep, Tool } from '../../model/tool.ts';
import { valueFaults } from '../../values/argument-value.ts';
import { coerceArgument } from '../../values/coerce-argument.ts';
import type { Rule } from '../rule.ts';
import { unknownKeys } from '../unknown-keys.ts';

/** A call passes what the called tool declares: no unknown or missing argument, no literal of another type. */
export const callArguments: Rule = {
  name: 'call-arguments',
  visitor({ catalog }) {
    const unknown = unknownKeys(catalog);
    return {
      call(step) {
        const called = catalog.tools.get(step.tool.name);
        if (called === undefined || catalog.schemaInvalid.has(called)) return [];
        // An unknown key may be a misspelt `with`.
        const isWhole = !step.keys.some((key) => unknown.has(placeKey(key)));
        return callArgumentProblems(step, called).filter(({ code }) => isWhole || code !== 'args/missing');
      },
    };
  },
};

function callArgumentProblems(step: CallStep, called: Tool): Problem[] {
  const names = [...called.args.keys()];
  const misspelt = new Set(
    [...step.with.keys()].filter((name) => !names.includes(name)).map((one) => nearest(one, names)),
  );
  const missing = [...called.args.values()].filter(
    ({ name, required }) => required && !step.with.has(name) && !misspelt.has(name),
  );
  return [
    ...missing.map((argument) =>
      problem('args/missing', `${called.name} needs the argument "${argument.name}"`, {
        at: step.tool.at,
        hint: `add \`with: {${argument.name}: ...}\``,
        related: [declared(argument)],
      }),
    ),
    ...[...step.with].flatMap(([name, given]) => givenArgumentProblems(step, called, name, given)),
  ];
}

function givenArgumentProblems(step: CallStep, called: Tool, name: string, { value, at }: Given): Problem[] {
  const names = [...called.args.keys()];
  const argument = called.args.get(name);
  if (argument === undefined) {
    const all = names.length > 0 ? `its arguments are: ${names.join(', ')}` : `${called.name} takes no arguments`;
    const hint = didYouMean(name, names) ?? `remove it; ${all}`;
    return [problem('args/unknown', `${called.name} has no argument "${name}"`, { at, hint })];
  }
  if (!isLiteral(value)) return [];
  return literalProblems(renderData(value, NOTHING_KNOWN), argument, step.coerce).map((fault) =>
    problem('args/invalid', `the argument "${name}" of ${called.name} ${fault}`, { at, related: [declared(argument)] }),
  );
}

type Given = CallStep['with'] extends ReadonlyMap<string, infer One> ? One : never;

function literalProblems(literal: JsonValue, argument: Argument, coerce: boolean): readonly string[] {
  const read = coerce ? coerceArgument(literal, argument) : { value: literal };
  if (read === undefined) return [];
  return 'fault' in read ? [read.fault] : valueFaults(read.value, argument.schema);
}

const NOTHING_KNOWN: Scope = { args: {}, env: {}, steps: {}, status: ALL_WELL };

function declared(argument: Argument) {
  return { message: `"${argument.name}" is declared here`, at: argument.at };
}
