import { type Location, type Problem, problem } from '../../../text/problem.ts';
import { expressionsIn } from '../../model/text-places.ts';
import type { RunStep, Tool } from '../../model/tool.ts';
import { filesText, WHOLE_ENVIRONMENT } from '../files-text.ts';
import type { Rule } from '../rule.ts';

/**
 * An output that is declared or read, and that no script writes, would fail the run. If a program writes it, a comment
 * in the script that names the variable declares this.
 */
export const unwrittenOutputs: Rule = {
  name: 'unwritten-outputs',
  visitor({ repositoryFacts: facts }) {
    if (facts === undefined) return {};
    let read: readonly ReadOutput[] = [];
    return {
      tool(tool) {
        read = readOutputs(tool);
        return [];
      },
      run(step, tool) {
        const expected = expectedOutputs(step, read);
        const isWritten = () => writes(step.script) || writes(filesText(tool, [step], facts));
        return expected.length === 0 || isWritten() ? [] : expected.map((output) => unwritten(step, output));
      },
    };
  },
};

interface NamedOutput {
  readonly name: string;
  readonly at: Location;
}

/** An output and the expression that reads it. */
interface ReadOutput extends NamedOutput {
  readonly step: string | undefined;
}

function unwritten(step: RunStep, { name, at }: NamedOutput): Problem {
  return problem('style/unwritten-output', `nothing in the script of "${step.id}" writes the output "${name}"`, {
    at,
    severity: 'warning',
    hint: `append "${name}=VALUE" to the file that $LOCKSTEP_OUTPUT names; if a program does so by itself, add a comment: # PROGRAM writes LOCKSTEP_OUTPUT`,
  });
}

function writes(text: string): boolean {
  return text.includes('LOCKSTEP_OUTPUT') || WHOLE_ENVIRONMENT.test(text);
}

/** The outputs that the step declares; where it declares none, the outputs that other steps read. */
function expectedOutputs(step: RunStep, read: readonly ReadOutput[]): readonly NamedOutput[] {
  if (step.output === 'json') return [];
  const at = step.keys.find(({ name }) => name === 'outputs')?.at ?? step.at;
  const all = step.outputs?.map((name) => ({ name, at })) ?? read.filter((one) => one.step === step.id);
  return all.filter(({ name }) => name !== step.output);
}

function readOutputs(tool: Tool): ReadOutput[] {
  const later = expressionsIn(tool).filter(({ place: { step, key } }) =>
    step === undefined ? key === 'outputs' : key !== 'run',
  );
  return later.flatMap(({ expression }) =>
    expression.references.flatMap((reference) => {
      const [context, step, key, name] = reference.path;
      const isRead = context === 'steps' && key === 'outputs' && name !== undefined;
      return isRead ? [{ step, name, at: expression.place(reference) }] : [];
    }),
  );
}
