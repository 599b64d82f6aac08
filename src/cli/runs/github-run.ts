import { randomUUID } from 'node:crypto';
import { accessSync, appendFileSync, constants } from 'node:fs';
import { LockstepError, systemReason } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import { pathInWorkTree } from '../../project/repository/git-dir.ts';
import type { RunOptions } from '../../project/runs/call-options.ts';
import type { RunOutcome } from '../../project/runs/run-handle.ts';
import type { Context } from '../context.ts';
import { errorCommand, failureCommands, githubSummary, githubText } from '../render/github.ts';
import { say, sayCommands } from '../terminal/say.ts';
import { executeTool, type Shown } from './execute-tool.ts';
import { registerMasks } from './runner-masks.ts';

/** The files in which the runner of GitHub Actions takes what a step has to say. */
interface RunnerFiles {
  readonly output: string;
  readonly summary: string;
}

/**
 * Runs a tool as a step of a GitHub Actions job: the runner masks what the run was granted; annotations, a summary and
 * the outputs `run`, `status` and `outputs` say how it ended.
 */
export async function githubRun(
  context: Context,
  project: Project,
  tool: string,
  options: RunOptions,
  shown: Shown,
): Promise<RunOutcome> {
  const files = runnerFiles(context, shown);
  const prefix = await pathInWorkTree(project.root);
  const annotated: RunOptions = {
    ...options,
    onUnsealed: (values) => registerMasks(context.stdout, values),
    onRefusal: (problems) => sayCommands(context.stdout, githubText(problems, prefix)),
  };
  let outcome: RunOutcome;
  try {
    outcome = await executeTool(context, project, tool, annotated, shown);
  } catch (error) {
    if (error instanceof LockstepError) sayCommands(context.stdout, errorCommand(tool, error.message));
    appendFileSync(files.output, outputs({ run: '', status: 'failed', outputs: '{}' }));
    throw error;
  }
  if (outcome.run === null) say(context.stdout, 'nothing was started\n');
  else sayCommands(context.stdout, failureCommands(outcome));
  const { run, status } = outcome;
  appendFileSync(files.output, outputs({ run: run ?? '', status, outputs: JSON.stringify(outcome.outputs) }));
  appendFileSync(files.summary, githubSummary(outcome));
  return outcome;
}

/** Anyone else would show the lines that the runner hides. @throws LockstepError `usage/invalid`, `file/unwritable` */
function runnerFiles({ env, terminal }: Context, { json }: Shown): RunnerFiles {
  const { GITHUB_ACTIONS, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary } = env;
  if (GITHUB_ACTIONS !== 'true' || !output || !summary || terminal.stdout)
    throw new LockstepError('usage/invalid', '--ci github is for a step of a GitHub Actions job, and this is not one', [
      'leave out --ci github',
    ]);
  if (json) throw new LockstepError('usage/invalid', 'give one of --ci github and --json', ['leave out --json']);
  for (const [name, file] of Object.entries({ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary })) {
    try {
      accessSync(file, constants.W_OK);
    } catch (error) {
      const why = `the file that ${name} names cannot be written (${systemReason(error)})`;
      throw new LockstepError('file/unwritable', why, [`see what sets ${name}`], error);
    }
  }
  return { output, summary };
}

/** The lines of outputs. No value can end its own text: each call draws its delimiter. */
function outputs(values: Readonly<Record<string, string>>): string {
  const delimiter = `lockstep-${randomUUID()}`;
  return Object.entries(values)
    .map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
    .join('');
}
