import type { JournaledRun } from '../../engine/read-journal.ts';
import { LockstepError } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import type { ResumeOptions } from '../../project/resume.ts';
import type { Run } from '../../project/run-handle.ts';
import { callOptions } from '../call-arguments.ts';
import { defineCommand, type Flags, type InputOf, JSON_FLAG } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT, exitOf } from '../exit-code.ts';
import { openProject } from '../open.ts';
import type { Suite } from '../render/junit.ts';
import {
  ARGUMENT_FLAGS,
  AWAIT_APPROVAL_FLAG,
  EXPLAIN_FLAG,
  IDENTITY_FLAG,
  JUNIT_FLAG,
  TIMEOUT_FLAG,
  timeLimitOf,
} from '../shared-flags.ts';

const RUN = { name: 'run', required: true, description: 'its name, or the beginning of it' } as const;

export const runsList = defineCommand({
  name: 'runs list',
  summary: 'List the runs of this repository on this machine, newest first',
  examples: [{ command: 'lockstep runs list --status failed', does: 'what may want another try' }],
  flags: {
    tool: { type: 'string', value: 'TOOL', description: 'only of this tool' },
    status: {
      type: 'string',
      value: 'STATUS',
      options: ['running', 'waiting', 'succeeded', 'failed', 'cancelled', 'interrupted'],
      description: 'only those that stand so',
    },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { runListText, standing } = await import('../render/runs.ts');
    const { runs: all, unreadable } = project.runs.list();
    const runs = all
      .filter((one) => flags.tool === undefined || one.tool === flags.tool)
      .filter((one) => flags.status === undefined || standing(one) === flags.status);
    if (flags.json) (await import('../render/json.ts')).printJson(context, { runs, unreadable });
    else context.stdout.write(runListText(runs));
    for (const path of unreadable)
      context.stderr.write(
        `note: ${path} cannot be read: it is damaged, or a newer Lockstep wrote it (if it is damaged: rm '${path}')\n`,
      );
    return EXIT.ok;
  },
});

export const runsShow = defineCommand({
  name: 'runs show',
  summary: 'Show what a run did: its arguments, its steps, its outputs',
  examples: [
    { command: 'lockstep runs show 20261122t170301', does: 'the beginning of a name is enough' },
    { command: 'lockstep runs show 20261122t170301 --graph', does: 'a flowchart of how each step ended' },
  ],
  args: [RUN],
  flags: {
    graph: { type: 'boolean', description: 'print its steps as a Mermaid flowchart, each with how it ended' },
    junit: JUNIT_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    if (flags.graph && flags.json)
      throw new LockstepError('usage/invalid', '--graph and --json are two forms of one answer: choose one', [
        'lockstep runs show --help',
      ]);
    const project = await openProject(context, flags);
    const { runDetails, runText } = await import('../render/runs.ts');
    const journaled = project.runs.find(args.run);
    const details = runDetails(journaled, project.now());
    if (flags.json) (await import('../render/json.ts')).printJson(context, details);
    else if (flags.graph) (await import('../show-run-graph.ts')).showRunGraph(context, project, journaled);
    else context.stdout.write(runText(details));
    if (flags.junit !== undefined) {
      const { writeJunit } = await import('../write-junit.ts');
      await writeJunit(context, flags.junit, await journaledSuite(project, journaled));
    }
    return EXIT.ok;
  },
});

/** A run that has not come to its end is told as far as it got. */
async function journaledSuite(project: Project, journaled: JournaledRun): Promise<Suite> {
  const { suiteOf } = await import('../render/junit.ts');
  const { journaledFailures } = await import('../print-logs.ts');
  const failures = journaledFailures(project, journaled.opening.run);
  if (journaled.report !== undefined) return suiteOf(journaled.report, failures);
  const { standing, runDetails } = await import('../render/runs.ts');
  const details = runDetails(journaled, project.now());
  const { run, tool, durationMs, steps } = details;
  return { run, tool, durationMs, steps, failures, succeeded: false, error: standing(details) };
}

export const runsLogs = defineCommand({
  name: 'runs logs',
  summary: 'Print what the steps of a run wrote, masked',
  examples: [{ command: 'lockstep runs logs 20261122t170301 --follow', does: 'until the run has ended' }],
  args: [RUN],
  flags: {
    follow: { type: 'boolean', short: 'f', description: 'go on until the run has ended' },
    step: { type: 'string', value: 'STEP', description: 'only of this step' },
    json: { ...JSON_FLAG, description: `${JSON_FLAG.description}; with --follow one on each line` },
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { printLogs } = await import('../print-logs.ts');
    await printLogs(context, project, args.run, { follow: flags.follow, step: flags.step, json: flags.json });
    return EXIT.ok;
  },
});

const AGAIN_FLAGS = {
  ...ARGUMENT_FLAGS,
  'await-approval': AWAIT_APPROVAL_FLAG,
  'with-changes': { type: 'boolean', description: 'go on although the definitions have changed since' },
  identity: IDENTITY_FLAG,
  timeout: { ...TIMEOUT_FLAG, description: `${TIMEOUT_FLAG.description}; default: what it was started with` },
  explain: EXPLAIN_FLAG,
  junit: JUNIT_FLAG,
  json: JSON_FLAG,
} as const satisfies Flags;

/** Takes a run up, or does it anew in part, and shows it. */
async function again(
  context: Context,
  flags: InputOf<readonly [], typeof AGAIN_FLAGS>['flags'],
  command: string,
  start: (project: Project, options: ResumeOptions) => Run,
): Promise<number> {
  const project = await openProject(context, flags);
  const { execute } = await import('../execute-tool.ts');
  const options = {
    ...(await callOptions(context, { ...flags, agent: undefined, group: undefined, on: undefined })),
    ...timeLimitOf(flags, command),
    withChanges: flags['with-changes'],
    awaitApproval: flags['await-approval'],
  };
  const outcome = await execute(context, (face) => start(project, { ...face, ...options }), flags);
  return exitOf(outcome.status);
}

export const runsResume = defineCommand({
  name: 'runs resume',
  summary: 'Go on with a run that was killed; steps that it has finished are not run again',
  description: 'A step that was under way when it was killed is run once more. Secrets are asked of the vault anew.',
  examples: [{ command: 'lockstep runs resume 20261122t170301', does: 'with the arguments that it was started with' }],
  args: [RUN],
  flags: AGAIN_FLAGS,
  async run(context, { args, flags }) {
    return again(context, flags, 'lockstep runs resume RUN', (project, options) => project.resume(args.run, options));
  },
});

export const runsRetry = defineCommand({
  name: 'runs retry',
  summary: 'Make a new run of what did not succeed in another',
  description:
    'Begins with the outputs of the steps that succeeded, and runs the others and all that come after them. With --from also that step.',
  examples: [
    { command: 'lockstep runs retry 20261122t170301', does: 'what failed, and what comes after it' },
    { command: 'lockstep runs retry 20261122t170301 --from test', does: 'test, and what comes after it' },
  ],
  args: [RUN],
  flags: { from: { type: 'string', value: 'STEP', description: 'run this step anew, too' }, ...AGAIN_FLAGS },
  async run(context, { args, flags }) {
    return again(context, flags, 'lockstep runs retry RUN', (project, options) =>
      project.retry(args.run, flags.from, options),
    );
  },
});

export const runsCancel = defineCommand({
  name: 'runs cancel',
  summary: 'End a run that goes on in another process',
  examples: [{ command: 'lockstep runs cancel 20261122t170301', does: 'gently, as one Ctrl-C does' }],
  args: [RUN],
  flags: { now: { type: 'boolean', description: 'at once, as two do' }, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const run = project.runs.cancel(args.run, flags.now);
    await say(context, flags.json, { run }, `told ${run} to end\n`);
    return EXIT.ok;
  },
});

export const runsPrune = defineCommand({
  name: 'runs prune',
  summary: 'Remove the journals of old runs of this repository',
  examples: [{ command: 'lockstep runs prune --keep 20', does: 'all but the newest twenty' }],
  flags: {
    keep: { type: 'integer', value: 'N', default: 50, description: 'how many of the newest stay' },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const removed = project.runs.prune(flags.keep);
    await say(context, flags.json, { removed }, `removed ${removed.length} run${removed.length === 1 ? '' : 's'}\n`);
    return EXIT.ok;
  },
});

async function say(context: Context, json: boolean, value: object, text: string): Promise<void> {
  if (json) (await import('../render/json.ts')).printJson(context, value);
  else context.stdout.write(text);
}
