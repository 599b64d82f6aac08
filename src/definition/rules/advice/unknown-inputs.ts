import { inputVariable } from '../../../names.ts';
import { literally } from '../../../text/literally.ts';
import { type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import type { RunStep, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** A script that reads `$INPUT_NAME` expects an argument; if there is none, it reads an empty text, or fails. */
export const unknownInputs: Rule = {
  name: 'unknown-inputs',
  skipsMisshapen: true,
  visitor: () => ({ run: unknownInputProblems }),
};

function unknownInputProblems({ script, written, at }: RunStep, tool: Tool): Problem[] {
  const known = new Set([...tool.args.keys()].map(inputVariable));
  const read = [...script.matchAll(/\bINPUT_[A-Z0-9_]*[A-Z0-9]\b/g)].map(({ 0: name, index }) => ({ name, index }));
  const first = new Map([...read].reverse().map(({ name, index }) => [name, index]));
  return [...first]
    .filter(([name]) => !known.has(name) && !isSet(name, script))
    .slice(0, MAXIMUM)
    .map(([name, start]) =>
      problem('style/unknown-input', `the script reads ${name}, and ${tool.name} has no argument that becomes it`, {
        at: written?.part({ start, end: start + name.length }) ?? at,
        severity: 'warning',
        hint: didYouMean(name, known) ?? `declare ${name.slice('INPUT_'.length).toLowerCase()} under \`args:\``,
      }),
    );
}

/** The most reports for one step: no one would read more, and finding a place in a script takes time. */
const MAXIMUM = 20;

function isSet(name: string, script: string): boolean {
  const written = literally(name);
  return new RegExp(`\\b${written}["'\\]]*[ \\t]*=(?!=)|\\b(?:for|read)\\b[^\\n;]*\\b${written}\\b`).test(script);
}
