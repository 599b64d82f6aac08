import { type Location, problem } from '../../../text/problem.ts';
import type { Expression } from '../../expressions/expression.ts';
import { expressionsOf } from '../../expressions/template.ts';
import { isRun, type RunStep, type Step, type Tool } from '../../model/tool.ts';
import { filesText, WHOLE_ENVIRONMENT } from '../files-text.ts';
import type { RepositoryFacts, Rule } from '../rule.ts';

/**
 * An output that is declared or read, and that no script writes: the run would fail. A program may write it by itself; a
 * comment in the script that names the variable declares this.
 */
export const unwrittenOutputs: Rule = {
  name: 'unwritten-outputs',
  check({ catalog, repositoryFacts }) {
    if (repositoryFacts === undefined) return [];
    return [...catalog.tools.values()].flatMap((tool) =>
      tool.steps.filter(isRun).flatMap((step) => unwritten(tool, step, repositoryFacts)),
    );
  },
};

function unwritten(tool: Tool, step: RunStep, repositoryFacts: RepositoryFacts) {
  const expected = step.output === 'json' ? [] : expectedOutputs(tool, step).filter(({ name }) => name !== step.output);
  if (expected.length === 0 || writes(step.script) || writes(filesText(tool, [step], repositoryFacts))) return [];
  return expected.map(({ name, at }) =>
    problem('style/unwritten-output', `nothing in the script of "${step.id}" writes the output "${name}"`, {
      at,
      severity: 'warning',
      hint: `append "${name}=VALUE" to the file that $LOCKSTEP_OUTPUT names; if a program does so by itself, add a comment: # PROGRAM writes LOCKSTEP_OUTPUT`,
    }),
  );
}

function writes(text: string): boolean {
  return text.includes('LOCKSTEP_OUTPUT') || WHOLE_ENVIRONMENT.test(text);
}

/** What the step declares; where it declares nothing, what others read of it. */
function expectedOutputs(tool: Tool, step: RunStep): { readonly name: string; readonly at: Location }[] {
  if (step.outputs === undefined) return readOutputs(tool, step.id);
  const at = step.keys.find(({ name }) => name === 'outputs')?.at ?? step.at;
  return step.outputs.map((name) => ({ name, at }));
}

function readOutputs(tool: Tool, id: string): { readonly name: string; readonly at: Location }[] {
  const expressions = [...[...tool.outputs.values()].flatMap(expressionsOf), ...tool.steps.flatMap(expressionsOfStep)];
  return expressions.flatMap((expression) =>
    expression.references.flatMap((reference) => {
      const [context, step, key, name] = reference.path;
      const isRead = context === 'steps' && step === id && key === 'outputs' && name !== undefined;
      return isRead ? [{ name, at: expression.place(reference) }] : [];
    }),
  );
}

function expressionsOfStep(step: Step): Expression[] {
  const once = [
    ...(typeof step.condition === 'object' ? [step.condition] : []),
    ...(step.forEach === undefined ? [] : [step.forEach.list]),
  ];
  const texts =
    step.does === 'call'
      ? [...step.with.values()].map(({ value }) => value)
      : [...step.env.values(), ...[step.workdir, step.image].filter((text) => text !== undefined)];
  return [...once, ...texts.flatMap(expressionsOf)];
}
