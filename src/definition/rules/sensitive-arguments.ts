import { type Problem, problem } from '../../text/problem.ts';
import type { Expression } from '../expression.ts';
import type { Reference } from '../expression-survey.ts';
import { expressionsOf, type Template } from '../template.ts';
import { isRun, type RunStep, type Tool } from '../tool.ts';
import type { Rule } from './rule.ts';

/**
 * Images, working folders and the variables of services end up on a command line, which every process of the machine can
 * read, and in a container engine's database: no sensitive argument is put there, and no variable or item made of one.
 */
export const sensitiveArguments: Rule = {
  name: 'sensitive-arguments',
  check({ catalog }) {
    return [...catalog.tools.values()].flatMap(toolFaults);
  },
};

function toolFaults(tool: Tool): Problem[] {
  const services = tool.container?.services ?? [];
  return [
    ...faults(tool.image, '`image`', tool),
    ...services.flatMap(({ name, env }) =>
      [...env.values()].flatMap((value) => faults(value, `\`env\` of the service ${name}`, tool)),
    ),
    ...tool.steps
      .filter(isRun)
      .flatMap((step) => [...faults(step.image, '`image`', tool), ...faults(step.workdir, '`workdir`', tool, step)]),
  ];
}

/** @param step whose variables and items it may name as well */
function faults(text: Template | undefined, where: string, tool: Tool, step?: RunStep): Problem[] {
  return text === undefined
    ? []
    : expressionsOf(text).flatMap((expression) =>
        expression.references.flatMap((reference) => {
          const [argument] = sensitiveIn(reference, tool, step);
          return argument === undefined ? [] : [fault(argument, expression, reference, where)];
        }),
      );
}

function fault(argument: string, expression: Expression, reference: Reference, where: string): Problem {
  const [context] = reference.path;
  const how = context === 'args' ? 'is sensitive' : `is sensitive, and \`${reference.path.join('.')}\` is made of it`;
  return problem('expression/sensitive', `the argument "${argument}" ${how}: it cannot stand in ${where}`, {
    at: expression.place(reference),
    hint: 'what is written there can be read on this machine while it runs: use another argument, or read it in the script',
  });
}

/** The sensitive arguments that a reference may give. Where its path ends early, it may give any below. */
function sensitiveIn({ path }: Reference, tool: Tool, step?: RunStep): string[] {
  const [context, name] = path;
  const isNamed = (other: string) => name === undefined || name === other;
  if (context === 'args')
    return [...tool.args.values()].filter((one) => one.sensitive && isNamed(one.name)).map((one) => one.name);
  if (context === 'item') return (step?.forEach?.list.references ?? []).flatMap((one) => sensitiveIn(one, tool));
  if (context !== 'env') return [];
  const own = [...(step?.env ?? [])].filter(([variable]) => isNamed(variable));
  const ofTool = [...tool.env].filter(([variable]) => isNamed(variable) && step?.env.has(variable) !== true);
  return [
    // Variables of a step see those of the tool, and variables of the tool see arguments only.
    ...referencesOf(own).flatMap((one) => sensitiveIn(one, tool, step && { ...step, env: new Map() })),
    ...referencesOf(ofTool).flatMap((one) => (one.path[0] === 'args' ? sensitiveIn(one, tool) : [])),
  ];
}

function referencesOf(variables: readonly (readonly [string, Template])[]): Reference[] {
  return variables.flatMap(([, value]) => expressionsOf(value)).flatMap(({ references }) => references);
}
