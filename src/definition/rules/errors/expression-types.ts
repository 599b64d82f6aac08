import { type Problem, problem } from '../../../text/problem.ts';
import type { Expression } from '../../expressions/expression.ts';
import type { Call, Operand, ValueType } from '../../expressions/expression-survey.ts';
import { isTemplate } from '../../expressions/template.ts';
import type { TextPlace } from '../../model/text-places.ts';
import type { Argument, CallStep, Tool } from '../../model/tool.ts';
import { TYPE_NAMES } from '../../values/argument-value.ts';
import { resolve, type TypePlace, typeOf } from '../../values/value-type.ts';
import type { Rule } from '../rule.ts';

/** If the declarations tell the type of an expression's value, the place of the expression accepts that type. */
export const expressionTypes: Rule = {
  name: 'expression-types',
  skipsMisshapen: true,
  visitor: ({ catalog: { tools, schemaInvalid } }) => ({
    expression: typeProblems,
    call(step, tool) {
      const called = tools.get(step.tool.name);
      if (called === undefined || schemaInvalid.has(called)) return [];
      return callTypeProblems(step, called, { tool, forEach: step.forEach });
    },
  }),
};

function typeProblems(expression: Expression, { tool, step, key }: TextPlace): Problem[] {
  if (key === 'run') return [];
  const isRepeated = key === 'env' || key === 'with' || key === 'workdir';
  const place: TypePlace = { tool, forEach: isRepeated ? step?.forEach : undefined };
  return [
    ...expressionTypeProblems(expression, place),
    ...(key === 'image' || key === 'workdir' ? plainValueProblems(expression, `\`${key}\``, place) : []),
    ...(key === 'forEach' ? listTypeProblems(expression, place) : []),
  ];
}

/** The problems of an expression in any place. */
function expressionTypeProblems(expression: Expression, place: TypePlace): Problem[] {
  const names = expression.references.flatMap((reference) => {
    const { fault } = resolve(reference.path, place);
    return fault
      ? [problem('expression/unknown', fault.message, { at: expression.place(reference), hint: fault.hint })]
      : [];
  });
  return [...names, ...expression.calls.flatMap((call) => operandProblems(call, expression, place))];
}

/** Functions whose arguments become text: the library turns a list into the word "Array". */
const TAKE_TEXT: Readonly<Record<string, string>> = {
  startswith: 'startsWith',
  endswith: 'endsWith',
  format: 'format',
  fromjson: 'fromJSON',
};

function operandProblems({ name, operands }: Call, expression: Expression, place: TypePlace): Problem[] {
  const written = Object.hasOwn(TAKE_TEXT, name) ? TAKE_TEXT[name] : undefined;
  if (written === undefined) return [];
  const hint =
    name === 'fromjson'
      ? 'it is read already: leave fromJSON() out'
      : 'make text of it by toJSON(), or of a list by join()';
  return operands.flatMap((operand) => textProblems(operand, expression, place, { taker: `${written}()`, hint }));
}

/** A path or a reference made of a list is not valid. */
function plainValueProblems(expression: Expression, where: string, place: TypePlace): Problem[] {
  const hint = 'name an item or a property that is text';
  return textProblems(expression.result, expression, place, { taker: where, hint });
}

/** @param wish what accepts only text, and how to give it text */
function textProblems(
  operand: Operand,
  expression: Expression,
  place: TypePlace,
  { taker, hint }: { readonly taker: string; readonly hint: string },
): Problem[] {
  const type = typeOf(operand, place);
  if (type !== 'array' && type !== 'object') return [];
  const message = `${taker} takes text, and this is ${TYPE_NAMES[type]}`;
  return [problem('expression/type', message, { at: expression.place(operand), hint })];
}

function listTypeProblems(list: Expression, place: TypePlace): Problem[] {
  const type = typeOf(list.result, place);
  if (type === undefined || type === 'array' || list.statusFunctions.length > 0) return [];
  const path = list.result.reference?.path ?? [];
  const hint =
    type === 'string' && path[0] === 'steps'
      ? `an output is text: fromJSON(${list.text.trim()}) reads a list from it`
      : path[0] === 'args' && path.length === 2
        ? `declare the argument "${path[1]}" with \`type: array\``
        : "a list comes from an argument of `type: array`, or from fromJSON() of a step's output";
  const message = `\`forEach\` needs a list, and this is ${TYPE_NAMES[type]}`;
  return [problem('expression/type', message, { at: list.place(list.result), hint })];
}

/** Literal values are checked in call-arguments.ts. A coerced value is known only when the step runs. */
function callTypeProblems(step: CallStep, called: Tool, place: TypePlace): Problem[] {
  if (step.coerce) return [];
  return [...step.with].flatMap(([name, { value }]) => {
    const argument = called.args.get(name);
    const given = argument && isTemplate(value) ? givenType(value, place) : undefined;
    if (argument === undefined || given === undefined) return [];
    const wanted = argument.schema.type ?? 'string';
    if (given.type === (wanted === 'integer' ? 'number' : wanted)) return [];
    return [mismatch(argument, called.name, given)];
  });
}

interface GivenType {
  readonly type: ValueType;
  readonly expression: Expression;
  /** Whether the expression has no text around it. */
  readonly isWhole: boolean;
}

/** An expression alone keeps its type; text around it turns its value into text. Null counts as not given. */
function givenType(
  { parts }: { readonly parts: readonly (string | Expression)[] },
  place: TypePlace,
): GivenType | undefined {
  const expression = parts.find((part) => typeof part !== 'string');
  // Another rule reports a status function that is not allowed here.
  if (expression === undefined || expression.statusFunctions.length > 0) return undefined;
  const isWhole = parts.length === 1;
  const type = isWhole ? typeOf(expression.result, place) : 'string';
  return type === undefined || type === 'null' ? undefined : { type, expression, isWhole };
}

function mismatch({ name, schema, at }: Argument, tool: string, { type, expression, isWhole }: GivenType): Problem {
  const wanted = schema.type ?? 'string';
  return problem(
    'expression/type',
    `the argument "${name}" of ${tool} has to be ${TYPE_NAMES[wanted]}, not ${TYPE_NAMES[type]}`,
    {
      at: expression.at,
      hint:
        type === 'string'
          ? isWhole
            ? `write fromJSON(${expression.text.trim()}), which reads it from the text`
            : 'write the expression alone, without text around it'
          : wanted === 'string'
            ? "make text of it by toJSON(), or by format('{0}', ...)"
            : `give it ${TYPE_NAMES[wanted]}`,
      related: [{ message: `"${name}" is declared here`, at }],
    },
  );
}
