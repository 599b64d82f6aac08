import type { FilledScript, ScriptFault } from '../../definition/scripts/fill/filling.ts';
import { fillScript, loadScriptFiller } from '../../definition/scripts/script-filler.ts';
import { scriptLanguage } from '../../definition/scripts/template/script-language.ts';
import type { PlannedRun } from '../../plan/plan.ts';
import type { EndReason } from '../event.ts';
import type { Command, Executor } from '../executors/executor.ts';
import type { Frame } from '../frame.ts';
import { handFiles, inject } from '../workspace/injection.ts';
import { scriptFileName } from '../workspace/shell.ts';
import type { StepEnvironment, StepWork } from './step-work.ts';

/** The command to start for a step. */
export interface StepCommand {
  readonly command: Command;
  /** Removes the files of its secrets. */
  dispose(): void;
}

/** Writes the files that the process reads, and lends it its secrets: nothing else does. */
export async function commandOf(
  work: StepWork,
  { cwd, variables }: StepEnvironment,
  executor: Executor,
): Promise<StepCommand | { readonly reason: EndReason }> {
  const { planned, frame, scratch } = work;
  const { idempotencyKey, secrets, machineFiles } = work.run.input;
  const shell = executor.resolve(planned.shell, cwd);
  if ('missing' in shell)
    return { reason: { why: 'not-started', detail: `${shell.missing.join(' or ')} is not installed` } };
  const filled = await filledScript(planned, frame);
  if ('faults' in filled)
    return { reason: { why: 'arguments', detail: templateFault(filled.faults, frame.tool.name) } };
  const script = Buffer.from(filled.script);
  const hand = (name: string, bytes: Uint8Array, mode: number) => executor.inside(scratch.write(name, bytes, mode));
  const input = hand('input.json', Buffer.from(JSON.stringify(frame.args)), 0o400);
  const output = hand('output', new Uint8Array(), 0o600);
  if (planned.executor === 'container') handFiles(frame.tool, machineFiles, scratch);
  const injection = inject(planned.secrets, secrets, scratch, executor.inside);
  const command = executor.command({
    file: shell.file,
    ...(shell.stdinArgs && injection.stdin === undefined
      ? { args: shell.stdinArgs, stdin: script }
      : { args: shell.args(hand(scriptFileName(planned.shell), script, 0o500)) }),
    ...(injection.stdin !== undefined && { stdin: injection.stdin }),
    cwd: executor.inside(cwd),
    env: {
      ...variables,
      ...filled.variables,
      ...injection.variables,
      LOCKSTEP_INPUT: input,
      LOCKSTEP_OUTPUT: output,
      // The same for each attempt, and where a run that was killed does the step once more.
      LOCKSTEP_IDEMPOTENCY_KEY: `${idempotencyKey}/${planned.stepPath}`,
    },
  });
  return { command, dispose: () => injection.dispose() };
}

async function filledScript({ step, shell }: PlannedRun, { tool, args }: Frame): Promise<FilledScript> {
  if (step.template === undefined) return { script: step.script, variables: {} };
  await loadScriptFiller([tool]);
  return fillScript({ template: step.template, language: scriptLanguage(shell), values: args, args: tool.args });
}

function templateFault(faults: readonly ScriptFault[], tool: string): string {
  return faults
    .map(({ argument, fault, line }) => `the argument "${argument}" of ${tool} ${fault} (line ${line} of the script)`)
    .join('\n');
}
