import { type Problem, problem } from '../../../text/problem.ts';
import type { Expression } from '../../expressions/expression.ts';
import type { Reference } from '../../expressions/expression-survey.ts';
import { expressionsOf, type Template } from '../../expressions/template.ts';
import type { TextPlace } from '../../model/text-places.ts';
import { type RunStep, type Step, sensitiveOutputsOf, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * Images, working directories and the variables of services end up on a command line, which every process of the
 * machine can read, and in a container engine's database: they hold no sensitive argument or output, or parts of one.
 */
export const sensitiveValues: Rule = {
  name: 'sensitive-values',
  visitor: ({ catalog: { tools } }) => ({
    expression(expression, place) {
      const where = exposedPlace(place);
      return where === undefined
        ? []
        : sensitiveProblems(expression, where, { tool: place.tool, tools }, stepSeen(place));
    },
  }),
};

/** The name of the place, if others can read it. */
function exposedPlace({ key, service }: TextPlace): string | undefined {
  if (service !== undefined) return `\`env\` of the service ${service.name}`;
  return key === 'image' || key === 'workdir' ? `\`${key}\`` : undefined;
}

/** The step whose variables and items the text may also name. */
function stepSeen({ key, step }: TextPlace): RunStep | undefined {
  return key === 'workdir' && step?.kind === 'run' ? step : undefined;
}

/** A tool, and the tools that it may call. */
interface ToolScope {
  readonly tool: Tool;
  readonly tools: ReadonlyMap<string, Tool>;
}

function sensitiveProblems(
  expression: Expression,
  where: string,
  within: ToolScope,
  step: RunStep | undefined,
): Problem[] {
  return expression.references.flatMap((reference) => {
    const [source] = sensitiveIn(reference, within, step);
    return source === undefined ? [] : [sensitiveProblem(source, expression, reference, where)];
  });
}

function sensitiveProblem(source: string, expression: Expression, reference: Reference, where: string): Problem {
  const isMade = reference.path[0] === 'env' || reference.path[0] === 'item';
  const how = isMade ? `is sensitive, and \`${reference.path.join('.')}\` is made of it` : 'is sensitive';
  return problem('expression/sensitive', `the ${source} ${how}: it cannot stand in ${where}`, {
    at: expression.place(reference),
    hint: 'other programs of this machine can read what is written there: use another value here, or read this one in the script',
  });
}

/** The sensitive arguments and outputs that a reference may yield. If its path ends early, it may yield any below. */
function sensitiveIn({ path }: Reference, within: ToolScope, step?: RunStep): string[] {
  const { tool } = within;
  const [context, name] = path;
  const isNamed = (other: string) => name === undefined || name === other;
  if (context === 'args')
    return [...tool.args.values()]
      .filter((one) => one.sensitive && isNamed(one.name))
      .map((one) => `argument "${one.name}"`);
  if (context === 'steps')
    return tool.steps.filter(({ id }) => isNamed(id)).flatMap((one) => outputsIn(one, path, within));
  if (context === 'item') return (step?.forEach?.list.references ?? []).flatMap((one) => sensitiveIn(one, within));
  if (context !== 'env') return [];
  const own = [...(step?.env ?? [])].filter(([variable]) => isNamed(variable));
  const ofTool = [...tool.env].filter(([variable]) => isNamed(variable) && step?.env.has(variable) !== true);
  return [
    // Variables of a step see those of the tool, and variables of the tool see arguments only.
    ...referencesOf(own).flatMap((one) => sensitiveIn(one, within, step && { ...step, env: new Map() })),
    ...referencesOf(ofTool).flatMap((one) => (one.path[0] === 'args' ? sensitiveIn(one, within) : [])),
  ];
}

/** `steps.ID.outputs.NAME` */
function outputsIn(step: Step, [, , key, name]: Reference['path'], { tools }: ToolScope): string[] {
  if (key !== undefined && key !== 'outputs') return [];
  const called = step.kind === 'call' ? tools.get(step.tool.name) : undefined;
  const sensitive = [...sensitiveOutputsOf(step, called)].filter((one) => name === undefined || name === one);
  return sensitive.map((one) => `output "${one}" of ${step.id}`);
}

function referencesOf(variables: readonly (readonly [string, Template])[]): Reference[] {
  return variables.flatMap(([, value]) => expressionsOf(value)).flatMap(({ references }) => references);
}
