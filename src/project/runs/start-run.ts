import { createHash } from 'node:crypto';
import { availableParallelism, arch as systemArch } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../../engine/journal.ts';
import { type Approver, LocalBackend } from '../../engine/local-backend.ts';
import { LockstepError } from '../../errors.ts';
import { grantedSecrets, type Plan, plannedRuns } from '../../plan/plan.ts';
import type { RunInput } from '../../run/context/run-input.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import { findContainerRuntime } from '../../run/executors/containers/container-runtime.ts';
import type { HostCapabilities } from '../../run/executors/host-capabilities.ts';
import { type FolderOf, machineProblems } from '../../run/interpreter/preflight.ts';
import { executePlan } from '../../run/interpreter/run.ts';
import { masksOf } from '../../run/step/masks.ts';
import { injectionProblems, unsealGranted } from '../../run/step/unseal.ts';
import { machineEnvironment } from '../../run/workspace/environment.ts';
import { findFolder, findSealedFolder } from '../../run/workspace/workdir.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import { problemReport } from '../../text/problem-report.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { type Ambient, locksFolder } from '../repository/config.ts';
import { userOf } from '../repository/user.ts';
import type { RunOptions } from './call-options.ts';
import { copiesFolder } from './copies-folder.ts';
import { journalHeader, keepJournal, type ResumeState } from './keep-journal.ts';
import { openMachineFiles } from './machine-files.ts';
import { type Prepared, prepare, type Repository } from './prepare.ts';
import { requireApprover } from './require-approver.ts';
import type { RunOutcome, RunStart } from './run-handle.ts';
import { sandboxSettings } from './sandbox.ts';
import { openRecorded, sealsOf, sensitiveValues } from './sealed-outputs.ts';

/**
 * Preflight, unsealing, run, in this order: nothing starts unless everything can. People are asked within the run, for what
 * they are shown is masked.
 */
export async function startRun(
  repository: Repository,
  env: Ambient,
  tool: string,
  options: RunOptions,
  { id: run, channel, signal, kill }: RunStart,
  past?: ResumeState,
): Promise<RunOutcome> {
  const prepared = await prepare(repository, tool, options, false);
  const { plan } = prepared;
  past?.check(prepared.digest);
  const capabilities = await findCapabilities(plan, repository, env);
  const hostEnv = machineEnvironment(env, plan.pinned ? repository.root : undefined);
  const problems = sortedProblems([
    ...plan.problems,
    ...(await machineProblems(plan, hostEnv, capabilities, folderOf(prepared, repository))),
  ]);
  if (hasErrors(problems)) return refuse(plan, problems, options);
  requireApprover(plan, options, past?.continues?.run);
  const start: Start = { repository, env, hostEnv, prepared, options, channel, signal, kill, past, capabilities, run };
  if (past?.continues === undefined) return unsealedRun(start);
  await repository.runs.claim(run, past.withChanges === true);
  return unsealedRun(start).finally(() => repository.runs.release(run));
}

/** From here on only the vault and the disk can keep it from starting. */
async function unsealedRun(start: Start): Promise<RunOutcome> {
  const { repository, prepared, options, run } = start;
  const { plan } = prepared;
  const audit = await recordUse(repository, prepared, run);
  const secrets = await unseal(repository, prepared);
  let machineFiles: RunInput['machineFiles'] = new Map();
  try {
    machineFiles = openMachineFiles(repository, plan.tool);
    const faults = injectionProblems(plan, secrets);
    const outcome = faults.length > 0 ? refuse(plan, faults, options) : await execute(start, { secrets, machineFiles });
    audit(faults.length > 0 ? 'refused' : outcome.status);
    return outcome;
  } finally {
    for (const value of [...secrets.values(), ...machineFiles.values()]) value.dispose();
  }
}

/** What a run begins with. */
interface Start extends Omit<RunStart, 'id'> {
  readonly repository: Repository;
  readonly env: Ambient;
  /** What the machine offers steps on the host. */
  readonly hostEnv: Readonly<Record<string, string>>;
  readonly prepared: Prepared;
  readonly options: RunOptions;
  readonly past: ResumeState | undefined;
  readonly capabilities: HostCapabilities;
  readonly run: string;
}

async function execute(start: Start, values: Pick<RunInput, 'secrets' | 'machineFiles'>): Promise<RunOutcome> {
  const { repository, env, hostEnv, prepared, options, past, capabilities, run } = start;
  const { plan } = prepared;
  const { root } = repository;
  const redactor = masksOf(plan, [...values.secrets.values(), ...values.machineFiles.values()]);
  const { salt, seal, former } = await sealsOf(repository, prepared, past);
  const recorded = openRecorded(past?.recorded ?? new Map(), former);
  redactor.add(sensitiveValues(recorded));
  const journal = keepJournal(repository, run, past);
  journal.opened(journalHeader(repository, prepared, options, run, past, redactor, salt), seal);
  if (past?.continues === undefined) for (const one of recorded.values()) journal.ended(one);
  const backend = backendOf(start, journal, recorded, (text) => redactor.text(text));
  const { signal: cancel, kill } = start;
  const { timeoutMs } = options;
  const parallel = repository.snapshot.config.maxParallel ?? Math.max(4, availableParallelism() * 2);
  const about = { capabilities, files: filesOf(start), hostEnv, lockPath: locksOf(start) };
  const limit = timeoutMs !== undefined && { timeoutMs };
  const input: RunInput = {
    ...limit,
    ...values,
    plan,
    runId: run,
    root,
    callerEnv: env,
    cancel,
    kill,
    parallel,
    ...about,
  };
  options.onStart?.(plan, recorded);
  return executePlan(input, backend, redactor).finally(() => backend.close());
}

function backendOf(
  start: Start,
  journal: Journal,
  recorded: ReadonlyMap<string, StepRecord>,
  mask: (text: string) => string,
): LocalBackend {
  const { repository, env, options, channel, past, run } = start;
  return new LocalBackend({
    tool: start.prepared.plan.tool.name,
    ...{ journal, channel, mask, recorded, answered: past?.answered ?? new Map(), asked: past?.asked ?? new Map() },
    approver: approverOf(repository, env, options, run),
    lockPath: locksOf(start),
  });
}

function approverOf({ runs }: Repository, env: Ambient, { approve, awaitApproval }: RunOptions, run: string): Approver {
  return {
    ...(approve && { ask: approve }),
    ...((approve || awaitApproval) && { answers: runs.answersOf(run) }),
    // The system is asked only where a person can answer.
    get by() {
      return userOf(env);
    },
  };
}

/** Repositories do not share locks, whatever they are called. */
function locksOf({ env, repository: { root } }: Start): (name: string) => string {
  const repository = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return (name) => join(locksFolder(env), `${repository}-${name}.lock`);
}

/** Nothing is looked for that no step wants. */
async function findCapabilities(plan: Plan, repository: Repository, env: Ambient): Promise<HostCapabilities> {
  const wanted = new Set(plannedRuns(plan.root).map(({ executor }) => executor));
  return {
    sandbox: wanted.has('sandbox') ? await sandboxSettings(repository, env) : null,
    containers: wanted.has('container') ? findContainerRuntime(env) : null,
    arch: systemArch(),
  };
}

/** In a pinned group a step gets the files that the digest was taken over, and else the repository. */
function filesOf({ repository, env, hostEnv, prepared: { plan, listed, digests } }: Start): RunInput['files'] {
  if (!plan.pinned) return { pathsOf: (tool) => listed(tool).files.map(({ path }) => path) };
  const folder = copiesFolder(repository.root, env, hostEnv.TMPDIR);
  return { folder, files: (tool) => listed(tool).files, digest: (tool) => digests.tool(tool) };
}

function folderOf({ plan, listed }: Prepared, { root }: Repository): FolderOf {
  if (!plan.pinned) return (_, written) => findFolder(root, written);
  return (tool, written) => findSealedFolder(listed(tool).files, written);
}

/** Before anything is unsealed: a run that cannot be audited does not start. Returns what records how it ended. */
async function recordUse(repository: Repository, { plan, vault, entries, digest }: Prepared, run: string) {
  const names = grantedSecrets(plan);
  if (vault === null || names.length === 0) return () => undefined;
  const member = vault.memberOf((await repository.vault.identity()).identity);
  const log = repository.vault.audit(vault);
  const about = {
    ...(member !== undefined && { member }),
    ...(plan.group !== null && { group: plan.group }),
    secrets: names.map((name) => ({ name, version: entries.get(name)?.version ?? 0 })),
    tool: plan.tool.name,
    ...(digest !== undefined && { digest }),
    ...(plan.agent && { agent: plan.agent.name }),
    run,
  };
  log.append({ action: 'use', ...about });
  return (detail: string) => {
    try {
      log.append({ action: 'outcome', run, tool: plan.tool.name, detail });
    } catch {
      // The use is recorded already; a failure to record its outcome must not hide the result of the run.
    }
  };
}

async function unseal(repository: Repository, { plan, vault, entries }: Prepared): Promise<Map<string, SecretValue>> {
  const identity = grantedSecrets(plan).length > 0 ? (await repository.vault.identity()).identity : undefined;
  return unsealGranted(plan, async (secret) => {
    const entry = entries.get(secret);
    if (vault === null || identity === undefined || entry === undefined)
      throw new LockstepError('secret/unknown', 'the vault does not hold it', ['lockstep secret list']);
    return vault.unseal(entry, identity);
  });
}

function refuse(plan: Plan, problems: readonly Problem[], options: RunOptions): RunOutcome {
  options.onRefusal?.(problems);
  return {
    run: null,
    tool: plan.tool.name,
    status: 'failed',
    steps: [],
    outputs: {},
    problems: problems.map(problemReport),
  };
}
