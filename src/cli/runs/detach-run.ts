import type { RunOptions } from '../../project/runs/call-options.ts';
import type { Run } from '../../project/runs/run-handle.ts';
import type { Problem } from '../../text/problem.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { printJson } from '../render/json.ts';
import { problemsText } from '../render/problems.ts';
import { say } from '../terminal/say.ts';

/** Puts a run into its queue and prints its name: `--json` prints `{run}`. Returns the exit code. */
export async function detachRun(
  context: Context,
  start: (face: RunOptions) => Run | Promise<Run>,
  json: boolean,
): Promise<number> {
  let refusal: readonly Problem[] = [];
  let run = '';
  const started = await start({ onRefusal: (problems) => (refusal = problems), onSubmit: (name) => (run = name) });
  const outcome = await started.result();
  if (outcome.run === null) {
    say(context.stderr, `${problemsText(refusal, context.color.stderr)}\nnothing was submitted\n`);
    if (json) printJson(context, outcome);
    return EXIT.failed;
  }
  if (json) printJson(context, { run });
  else say(context.stdout, `${run}\n`);
  return EXIT.ok;
}
