import { inputVariable } from '../../../names.ts';
import { type Problem, problem } from '../../../text/problem.ts';
import type { Argument, Tool } from '../../model/tool.ts';
import { type DeclarationFault, declarationFaults } from '../../reading/argument-declaration.ts';
import { valueFaults } from '../../values/argument-value.ts';
import type { Rule } from '../rule.ts';

/** Some value fits each declaration, its default fits it, and no two arguments share an INPUT_ variable. */
export const argumentDeclarations: Rule = {
  name: 'argument-declarations',
  skipsMisshapen: true,
  visitor: () => ({
    tool: (tool) => [...[...tool.args.values()].flatMap(declarationProblems), ...collisions(tool)],
  }),
};

function declarationProblems(argument: Argument): Problem[] {
  const say = ({ path, isKey, message }: DeclarationFault) =>
    problem('schema/args', `the argument "${argument.name}" cannot work: ${message}`, {
      at: argument.place(path, isKey),
    });
  const own = declarationFaults(argument.schema);
  if (own.length > 0) return own.map(say);
  const { default: value, schema } = argument;
  const faults = value === undefined ? [] : valueFaults(value, schema);
  return faults.map((fault) => say({ path: ['default'], message: `its default ${fault}` }));
}

function collisions(tool: Tool): Problem[] {
  const seen = new Map<string, Argument>();
  return [...tool.args.values()].flatMap((argument) => {
    const variable = inputVariable(argument.name);
    const first = seen.get(variable);
    seen.set(variable, first ?? argument);
    if (first === undefined) return [];
    return [
      problem('reference/variable', `the arguments "${first.name}" and "${argument.name}" both become $${variable}`, {
        at: argument.at,
        hint: 'rename one of the two',
        related: [{ message: 'the other one is here', at: first.at }],
      }),
    ];
  });
}
