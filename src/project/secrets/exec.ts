import { basename } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import { type Decision, decide } from '../../plan/grants.ts';
import { type ChildEnd, type OutputStream, runChild } from '../../process/child.ts';
import { newRunId } from '../../run/interpreter/run-id.ts';
import { masksOfValues } from '../../run/step/masks.ts';
import { GRACE_MS } from '../../run/time-limit.ts';
import { machineEnvironment } from '../../run/workspace/environment.ts';
import { secretVariables, variableFault } from '../../run/workspace/injection.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';
import type { Ambient } from '../repository/config.ts';
import { groupPolicy } from '../vault/vault-access.ts';
import { chooseGroup } from './find-secret.ts';

/** A command without a definition, and what it gets. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Variable -> secret. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Names of variables that are passed to it. */
  readonly env: readonly string[];
  readonly group?: string;
  readonly signal: AbortSignal;
  readonly kill: AbortSignal;
  /** Receives masked output; a returned promise is awaited. */
  onOutput(stream: OutputStream, bytes: Uint8Array): void | Promise<void>;
  onStart?(send: (signal: NodeJS.Signals) => void): void;
}

/**
 * Runs the command with the secrets that are granted to `exec`; starts nothing when one is refused. Standard input is
 * passed through; output is masked. Throws `secret/ungranted` with every refusal, or the error of unsealing.
 */
export async function executeCommand(project: Project, ambient: Ambient, command: Command): Promise<ChildEnd> {
  const vault = await project.vault.require();
  const environment = { ...machineEnvironment(ambient), ...passedOn(command, ambient) };
  const entries = await grantedEntries(project, vault, command);
  const audit = await recordUse(project, vault, command, [...entries.values()]);
  const values = new Map<string, SecretValue>();
  try {
    const { identity } = await project.vault.identity();
    for (const [variable, entry] of entries) values.set(variable, await vault.unseal(entry, identity));
    requireVariables(command, values);
    const end = await runMasked(command, { ...environment, ...secretVariables(values) }, values);
    audit(outcomeOf(end));
    return end;
  } finally {
    for (const value of values.values()) value.dispose();
  }
}

async function runMasked(command: Command, env: Record<string, string>, values: ReadonlyMap<string, SecretValue>) {
  const redactor = masksOfValues(values.values());
  const streams = { stdout: redactor.stream(), stderr: redactor.stream() };
  const { file, args, cwd, signal, kill, onStart } = command;
  const say = (stream: OutputStream, bytes: Uint8Array) =>
    bytes.length === 0 ? undefined : command.onOutput(stream, Uint8Array.from(bytes));
  const end = await runChild({
    ...{ file, args, cwd, env, signal, killSignal: kill, stdin: 'inherit', graceMs: GRACE_MS },
    ...(onStart && { onStart }),
    onOutput: (stream, chunk) => say(stream, streams[stream].push(chunk)),
  });
  for (const stream of ['stdout', 'stderr'] as const) await say(stream, streams[stream].end());
  return end;
}

/** Reports all refusals at once: nothing is unsealed for a command that will not start. */
async function grantedEntries(
  project: Project,
  vault: Vault,
  { secrets, group: wanted }: Command,
): Promise<ReadonlyMap<string, Entry>> {
  const group = chooseGroup(project, vault, wanted);
  const { facts, entries } = await groupPolicy(vault, group, new Set(secrets.values()));
  const granted = new Map<string, Entry>();
  const refused: Decision[] = [];
  for (const [variable, name] of secrets) {
    const decision = decide({ name, variable }, 'exec', facts);
    const entry = entries.get(name);
    if (decision.granted && entry !== undefined) granted.set(variable, entry);
    else refused.push(decision);
  }
  if (refused.length === 0) return granted;
  const hints = new Set(refused.flatMap(({ hint }) => hint ?? []));
  throw new LockstepError('secret/ungranted', refused.map(({ reason }) => reason).join('\n'), [...hints]);
}

/** Passes only the named variables, and never one that leads to an identity. */
function passedOn({ env, secrets }: Command, ambient: Ambient): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of env) {
    if (!isName('variable', name))
      throw usage(`"${name}" is not a valid variable name: a name is ${NAME_FORMS.variable}`);
    if (name.startsWith('LOCKSTEP_IDENTITY')) throw usage(`$${name} leads to an identity and is not passed on`);
    if (secrets.has(name)) throw usage(`$${name} cannot be both a secret and a variable that is passed on`);
    const value = ambient[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function requireVariables({ secrets }: Command, values: ReadonlyMap<string, SecretValue>): void {
  for (const [variable, value] of values) {
    const fault = variableFault(variable, value);
    if (fault === null) continue;
    throw new LockstepError('value/invalid', `${secrets.get(variable)} ${fault}; nothing was started`, [
      'write a tool that asks for it with `as: file`',
    ]);
  }
}

/**
 * As with a tool's run, a use that cannot be recorded does not start. Only the name of the command is recorded:
 * arguments may hold anything.
 */
async function recordUse(project: Project, vault: Vault, command: Command, entries: readonly Entry[]) {
  const { identity } = await project.vault.identity();
  const member = vault.memberOf(identity);
  const log = project.vault.audit(vault);
  const run = newRunId(project.now());
  const group = entries[0]?.group;
  const name = `exec ${basename(command.file)}`;
  log.append({
    action: 'use',
    ...(member !== undefined && { member }),
    ...(group !== undefined && { group }),
    secrets: entries.map(({ name, version }) => ({ name, version })),
    run,
    detail: name,
  });
  return (outcome: string) => {
    try {
      log.append({ action: 'outcome', run, detail: `${name}: ${outcome}` });
    } catch {
      // The use is recorded already; a failure to record its outcome must not hide the exit code.
    }
  };
}

function outcomeOf(end: ChildEnd): string {
  if (end.kind === 'exit') return `exit code ${end.code}`;
  return end.kind === 'signal' ? end.signal : end.kind;
}

function usage(message: string): LockstepError {
  return new LockstepError('usage/invalid', message, ['lockstep exec --help']);
}
