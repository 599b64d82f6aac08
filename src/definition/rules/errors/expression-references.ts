import { type Location, type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { CONTEXTS, type Expression } from '../../expressions/expression.ts';
import type { Reference, StatusCall } from '../../expressions/expression-survey.ts';
import { expressionsOf, type TemplateData } from '../../expressions/template.ts';
import { ancestorsOf } from '../../model/ancestors.ts';
import { stepReferenceProblems } from '../../model/step-reference.ts';
import { type Step, serviceTexts, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** What an expression names exists, and can be known by the time it is evaluated. */
export const expressionReferences: Rule = {
  name: 'expression-references',
  check({ catalog }) {
    const tools = new Map([...catalog.tools].filter(([, tool]) => !catalog.misshapen.has(tool)));
    return [...tools.values()].flatMap((tool) => toolReferenceProblems(tool, tools));
  },
};

/** Where an expression stands decides what it may name. */
export interface ReferenceScope {
  readonly tool: Tool;
  /** All tools but misshapen ones. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** The step whose text it is; absent in texts of the tool. */
  readonly step?: Step;
  /** In words: "`env` of the tool". */
  readonly where: string;
  /** The steps that have ended by then. */
  readonly steps: readonly Step[];
  readonly variables: readonly string[];
  /** Why there are no others. */
  readonly noVariable: string;
  readonly status: boolean;
  /** Whether it is evaluated for each item of a `forEach`. */
  readonly each?: boolean;
}

const DECLARE_VARIABLE = 'declare it under `env:` of the tool';

function toolReferenceProblems(tool: Tool, tools: ReferenceScope['tools']): Problem[] {
  const variables = [...tool.env.keys()];
  const before = { tool, tools, steps: [], status: false, noVariable: DECLARE_VARIABLE };
  const inEnv = {
    ...before,
    where: '`env` of the tool',
    variables: [],
    noVariable: 'write its value here: variables do not see each other',
  };
  const after = { ...before, where: '`outputs` of the tool', steps: tool.steps, variables };
  return [
    ...[...tool.env.values()].flatMap((value) => referenceProblemsIn(value, inEnv)),
    ...(tool.image ? referenceProblemsIn(tool.image, { ...before, where: '`image`', variables }) : []),
    ...serviceTexts(tool).flatMap((value) =>
      referenceProblemsIn(value, { ...before, where: '`env` of a service', variables }),
    ),
    ...tool.steps.flatMap((step) => stepExpressionProblems(step, { ...before, variables })),
    ...[...tool.outputs.values()].flatMap((value) => referenceProblemsIn(value, after)),
  ];
}

function stepExpressionProblems(step: Step, ofTool: Omit<ReferenceScope, 'where'>): Problem[] {
  const { tool, variables } = ofTool;
  const position = { ...ofTool, step, steps: ancestorsOf(tool, step.id) };
  const once = [
    ...(typeof step.condition === 'object'
      ? expressionReferenceProblems(step.condition, { ...position, where: '`if`', status: true })
      : []),
    ...(step.forEach ? expressionReferenceProblems(step.forEach.list, { ...position, where: '`forEach`' }) : []),
  ];
  // If `forEach` cannot be read, only that is reported.
  const repeated = { ...position, each: step.keys.some(({ name }) => name === 'forEach') };
  if (step.does === 'call') {
    const inWith = { ...repeated, where: '`with`' };
    return [...once, ...[...step.with.values()].flatMap(({ value }) => referenceProblemsIn(value, inWith))];
  }
  const inWorkdir = { ...repeated, where: '`workdir`', variables: [...variables, ...step.env.keys()] };
  const inEnv = { ...repeated, where: '`env` of the step' };
  return [
    ...once,
    ...[...step.env.values()].flatMap((value) => referenceProblemsIn(value, inEnv)),
    ...(step.workdir ? referenceProblemsIn(step.workdir, inWorkdir) : []),
    ...(step.pasted ? referenceProblemsIn(step.pasted, { ...inWorkdir, where: '`run`' }) : []),
    ...(step.image ? referenceProblemsIn(step.image, { ...ofTool, where: '`image`' }) : []),
  ];
}

function referenceProblemsIn(value: TemplateData, position: ReferenceScope): Problem[] {
  return expressionsOf(value).flatMap((expression) => expressionReferenceProblems(expression, position));
}

function expressionReferenceProblems(expression: Expression, position: ReferenceScope): Problem[] {
  const unknown = expression.references.flatMap((reference) => referenceProblems(reference, expression, position));
  if (position.status) return unknown;
  return [...unknown, ...expression.statusFunctions.map((call) => statusFunctionProblem(call, expression, position))];
}

function statusFunctionProblem(call: StatusCall, expression: Expression, { where }: ReferenceScope): Problem {
  return problem('expression/position', `${call.name}() means something only in \`if\`, not in ${where}`, {
    at: expression.place(call),
    hint: 'move it to an `if:`, or remove it; `steps.ID.status` is how an earlier step ended',
  });
}

function itemProblem(context: 'item' | 'index', at: Location, { where }: ReferenceScope): Problem {
  return problem('expression/position', `there is no \`${context}\` in ${where}`, {
    at,
    hint: `remove it: only \`env\`, \`with\` and \`workdir\` of a step with \`forEach\` have \`${context}\``,
  });
}

function referenceProblems(reference: Reference, expression: Expression, position: ReferenceScope): Problem[] {
  const [context = '', name] = reference.path;
  const at = expression.place(reference);
  if (!CONTEXTS.some((one) => one === context))
    return [
      problem('expression/unknown', `there is no context "${context}"`, {
        at,
        hint: didYouMean(context, CONTEXTS) ?? `the contexts are: ${CONTEXTS.join(', ')}`,
      }),
    ];
  if (context === 'item' || context === 'index') return position.each ? [] : [itemProblem(context, at, position)];
  if (name === undefined) return [];
  if (context === 'steps') return stepReferenceProblems(reference, at, position);
  const known = context === 'args' ? [...position.tool.args.keys()] : position.variables;
  if (known.includes(name)) return [];
  const [message, hint] =
    context === 'args'
      ? [`${position.tool.name} has no argument "${name}"`, 'declare it under `args:`']
      : [`no variable "${name}" is set when ${position.where} is evaluated`, position.noVariable];
  return [problem('expression/unknown', message, { at, hint: didYouMean(name, known) ?? hint })];
}
