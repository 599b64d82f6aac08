import type { ResumeOptions } from '../../project/runs/resume.ts';
import type { Run } from '../../project/runs/run-handle.ts';
import type { Context } from '../context.ts';
import { exitOf } from '../exit-code.ts';
import { callOptions } from '../syntax/call-arguments.ts';
import { text, toggle } from '../syntax/flags.ts';
import {
  ARGUMENT_FLAGS,
  awaitApprovalFlag,
  engineFlag,
  explainFlag,
  identityFlag,
  jsonFlag,
  junitFlag,
  timeLimitOf,
} from '../syntax/shared-flags.ts';

/** The flags of `runs resume` and `runs retry`. */
export const CONTINUE_FLAGS = {
  ...ARGUMENT_FLAGS,
  'await-approval': awaitApprovalFlag,
  'with-changes': toggle('continue although the definitions have changed since'),
  'repeat-unknown': toggle('run what is not on record, though the journal has a gap and it may have run before'),
  identity: identityFlag,
  engine: engineFlag,
  timeout: text('TIME', 'end the whole run after this time: 90s, 10m, 2h; default: the limit it was started with'),
  explain: explainFlag,
  junit: junitFlag,
  json: jsonFlag,
};

interface ContinueFlags {
  readonly arg: readonly string[];
  readonly 'args-file': string | undefined;
  readonly 'await-approval': boolean;
  readonly 'with-changes': boolean;
  readonly 'repeat-unknown': boolean;
  readonly timeout: string | undefined;
  readonly explain: boolean;
  readonly junit: string | undefined;
  readonly json: boolean;
}

/** Continues a run or a part of it, shows it, and returns the exit code. @param command for hints */
export async function continueRun(
  context: Context,
  flags: ContinueFlags,
  command: string,
  start: (options: ResumeOptions) => Promise<Run>,
): Promise<number> {
  const { execute } = await import('./execute-tool.ts');
  const options = {
    ...(await callOptions(context, { ...flags, agent: undefined, group: undefined, on: undefined })),
    ...timeLimitOf(flags, command),
    withChanges: flags['with-changes'],
    repeatUnknown: flags['repeat-unknown'],
    awaitApproval: flags['await-approval'],
  };
  const outcome = await execute(context, (face) => start({ ...face, ...options }), flags);
  return exitOf(outcome.status);
}
