import { type Location, type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { CONTEXTS, type Expression } from '../../expressions/expression.ts';
import type { Reference, StatusCall } from '../../expressions/expression-survey.ts';
import { ancestorsOf } from '../../model/ancestors.ts';
import { stepReferenceProblems } from '../../model/step-reference.ts';
import type { TextPlace } from '../../model/text-places.ts';
import type { Step, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** An expression names only what exists and is known by the time the expression is evaluated. */
export const expressionReferences: Rule = {
  name: 'expression-references',
  skipsMisshapen: true,
  visitor({ catalog }) {
    const tools = new Map([...catalog.tools].filter(([, tool]) => !catalog.schemaInvalid.has(tool)));
    const ancestors = new Map<Step, readonly Step[]>();
    const before = (step: Step, tool: Tool) => {
      const known = ancestors.get(step) ?? ancestorsOf(tool, step.id);
      ancestors.set(step, known);
      return known;
    };
    return {
      expression: (expression, place) => expressionReferenceProblems(expression, scopeOf(place, { tools, before })),
    };
  },
};

/** What an expression may name, which depends on its place. */
export interface ReferenceScope {
  readonly tool: Tool;
  /** All tools except those in `schemaInvalid`. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** The step that holds the expression; absent in texts of the tool. */
  readonly step?: Step;
  /** In words: "`env` of the tool". */
  readonly where: string;
  /** The steps that have ended by then. */
  readonly steps: readonly Step[];
  readonly variables: readonly string[];
  /** Why no other variables exist. */
  readonly noVariable: string;
  readonly status: boolean;
  /** Whether the expression is evaluated for each item of a `forEach`. */
  readonly each?: boolean;
}

const DECLARE_VARIABLE = 'declare it under `env:` of the tool';

interface Known {
  readonly tools: ReferenceScope['tools'];
  /** The ancestors of a step. */
  readonly before: (step: Step, tool: Tool) => readonly Step[];
}

function scopeOf({ tool, step, service, key }: TextPlace, { tools, before }: Known): ReferenceScope {
  const variables = [...tool.env.keys()];
  const ofTool = {
    tool,
    tools,
    steps: [],
    variables,
    noVariable: DECLARE_VARIABLE,
    status: false,
    where: `\`${key}\``,
  };
  // The image of a step is chosen before any value of the step is known.
  if (key === 'image') return ofTool;
  if (service !== undefined) return { ...ofTool, where: '`env` of a service' };
  if (key === 'outputs') return { ...ofTool, where: '`outputs` of the tool', steps: tool.steps };
  if (step === undefined) {
    const noVariable = 'write its value here: variables do not see each other';
    return { ...ofTool, where: '`env` of the tool', variables: [], noVariable };
  }
  const once = { ...ofTool, step, steps: before(step, tool) };
  if (key === 'if') return { ...once, status: true };
  if (key === 'forEach') return once;
  // If `forEach` cannot be read, only that is reported.
  const repeated = { ...once, each: step.keys.some(({ name }) => name === 'forEach') };
  if (key === 'env') return { ...repeated, where: '`env` of the step' };
  return step.kind === 'run' ? { ...repeated, variables: [...variables, ...step.env.keys()] } : repeated;
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
