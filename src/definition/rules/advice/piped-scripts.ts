import { type Problem, problem } from '../../../text/problem.ts';
import type { RunStep } from '../../model/tool.ts';
import type { Pipeline, ShellCommand, ShellWord } from '../../scripts/shell/shell-pipeline.ts';
import { isPosixShell, programOf } from '../../scripts/shell/shell-program.ts';
import { readShellScript } from '../../scripts/shell/shell-script.ts';
import type { Rule } from '../rule.ts';

/**
 * A script that is downloaded and run at once is not reviewed and not covered by a digest, yet it gets the step's
 * secrets.
 */
export const pipedScripts: Rule = {
  name: 'piped-scripts',
  skipsMisshapen: true,
  visitor: () => ({
    run(step) {
      if (!isPosixShell(step.shell) || !DOWNLOAD.test(step.script)) return [];
      return readShellScript(step.script)
        .flatMap((pipeline) => pipelineProblems(pipeline, step))
        .slice(0, MAXIMUM);
    },
  }),
};

/** The most reports for one step: no one would read more, and finding a place in a script takes time. */
const MAXIMUM = 20;
const DOWNLOAD = /\b(?:curl|wget|fetch|aria2c)\b/;
const INTERPRETER = /^(?:(?:ba|da|z|k|a)?sh|source|\.|eval|python[\d.]*|perl|ruby|node|deno|bun|php|pwsh)$/;

function pipelineProblems(pipeline: Pipeline, step: RunStep): Problem[] {
  return pipeline.flatMap((command, index) => {
    const from = pipeline.slice(0, index).find(downloads)?.[0] ?? command.find(holdsDownload);
    const program = programOf(command);
    if (from === undefined || program === undefined || !INTERPRETER.test(program.name)) return [];
    const piped = index > 0 && pipeline.slice(0, index).some(downloads);
    if (piped && !readsInput(program.args)) return [];
    const range = piped ? { start: from.range.start, end: program.word.range.end } : program.word.range;
    return [pipedScriptProblem(program.name, step, piped ? range : { start: range.start, end: from.range.end })];
  });
}

function pipedScriptProblem(name: string, { written, at }: RunStep, range: { start: number; end: number }): Problem {
  return problem('style/piped-script', `${name} runs what it has just downloaded`, {
    at: written?.part(range) ?? at,
    severity: 'warning',
    hint: 'download it to a file, compare its checksum (sha256sum -c), and run that; or keep it in the repository under `files:`',
  });
}

function downloads(command: ShellCommand): boolean {
  return DOWNLOAD.test(programOf(command)?.name ?? '');
}

/** Whether the word holds a download in `<( )` or `$( )`. */
function holdsDownload({ inner }: ShellWord): boolean {
  return inner.some((pipeline) => pipeline.some(downloads));
}

/** Whether standard input is the script: with a script file or a script in its words, standard input is data. */
function readsInput(args: readonly ShellWord[]): boolean {
  const words = args.map(({ text }) => text);
  if (words.some((text) => /^-[a-z]*s$|^-$/.test(text))) return true;
  return words.every((text) => text.startsWith('-') && !/^-[a-z]*[cemnp]|^--eval|^--print/i.test(text));
}
