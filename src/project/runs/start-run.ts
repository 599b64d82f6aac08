import { arch as systemArch } from 'node:os';
import { LockstepError } from '../../errors.ts';
import { grantedSecrets, type Plan, partOf, plannedRuns } from '../../plan/plan.ts';
import type { HostCapabilities } from '../../run/context/run-input.ts';
import { findContainerRuntime } from '../../run/executors/containers/container-runtime.ts';
import { type FolderOf, machineProblems } from '../../run/interpreter/preflight.ts';
import { executePlan } from '../../run/interpreter/run.ts';
import { masksOf, numbersAmong } from '../../run/step/masks.ts';
import { injectionProblems, unsealGranted } from '../../run/step/unseal.ts';
import { machineEnvironment } from '../../run/workspace/environment.ts';
import { findFolder, findSealedFolder } from '../../run/workspace/workdir.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import { problemReport } from '../../text/problem-report.ts';
import { withoutItems } from '../../util/step-path.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { Ambient } from '../repository/config.ts';
import type { RunOptions } from './call-options.ts';
import { requireIdempotencyKey, requireNothingMasked } from './idempotency-key.ts';
import { type Launch, type RunRequest, type RunValues, runInput } from './launch.ts';
import { openMachineFiles } from './machine-files.ts';
import { openBackend } from './open-backend.ts';
import { openJournal } from './open-journal.ts';
import { type Prepared, prepare, type Repository } from './prepare.ts';
import { requireApprover } from './require-approver.ts';
import type { RunOutcome, RunStart } from './run-handle.ts';
import { sandboxSettings } from './sandbox.ts';
import { requireSearchable, secretArguments, secretInArguments } from './secret-arguments.ts';

/**
 * Preflight, unsealing, run, in this order: nothing starts unless everything can. People are asked within the run,
 * because the texts that they see are masked.
 */
export async function startRun(
  repository: Repository,
  env: Ambient,
  request: RunRequest,
  start: RunStart,
): Promise<RunOutcome> {
  const { tool, options, past } = request;
  requireIdempotencyKey(options.idempotencyKey);
  const prepared = await prepare(repository, tool, options, false);
  const { plan } = prepared;
  past?.check(prepared);
  const here = planHere(plan, request);
  const capabilities = await findCapabilities(here, repository, env);
  const hostEnv = machineEnvironment(env, plan.pinned ? repository.root : undefined);
  const problems = sortedProblems([
    ...plan.problems,
    ...(await machineProblems(here, hostEnv, capabilities, folderOf(prepared, repository))),
  ]);
  if (hasErrors(problems)) return refuse(plan, problems, options);
  requireApprover(plan, options, past?.continues?.run);
  const launch: Launch = { ...request, repository, env, hostEnv, prepared, capabilities, start };
  if (past?.continues === undefined) return unsealedRun(launch);
  const home = request.home ?? repository.runs;
  await home.claim(start.id, past.withChanges === true);
  return unsealedRun(launch).finally(() => home.release(start.id));
}

async function unsealedRun(launch: Launch): Promise<RunOutcome> {
  const { repository, prepared, options } = launch;
  const { plan } = prepared;
  const audit = await recordUse(launch);
  const secrets = await unseal(repository, prepared);
  let machineFiles: RunValues['machineFiles'] = new Map();
  try {
    machineFiles = openMachineFiles(repository, plan.tool);
    if (options.refuseSecretArguments) {
      requireSearchable(plan, options, secrets.size + machineFiles.size);
      const names = secretArguments(plan, options, [...secrets.values(), ...machineFiles.values()]);
      if (names.length > 0) {
        options.onSecretArguments?.();
        audit('refused: a secret in the arguments');
        throw secretInArguments(plan.tool.name, names);
      }
    }
    const faults = injectionProblems(plan, secrets);
    const outcome =
      faults.length > 0 ? refuse(plan, faults, options) : await execute(launch, { secrets, machineFiles });
    audit(faults.length > 0 ? 'refused' : outcome.status);
    return outcome;
  } finally {
    for (const value of [...secrets.values(), ...machineFiles.values()]) value.dispose();
  }
}

async function execute(launch: Launch, values: RunValues): Promise<RunOutcome> {
  const { prepared, options } = launch;
  const { plan } = prepared;
  const unsealed = [...values.secrets.values(), ...values.machineFiles.values()];
  const redactor = masksOf(plan, unsealed);
  requireNothingMasked(options.idempotencyKey, redactor);
  const opened = await openJournal(launch, redactor, numbersAmong(unsealed));
  const backend = openBackend(launch, opened, redactor);
  const input = runInput(launch, values);
  options.onUnsealed?.([...values.secrets.values()]);
  options.onStart?.(plan, opened.recorded);
  return executePlan(input, backend, redactor).finally(() => backend.close());
}

/** What this machine does of a plan: all of it, without the steps that are sent to other workers, or one that was sent here. */
function planHere(plan: Plan, { only, home }: RunRequest): Plan {
  if (only !== undefined) return partOf(plan, ({ stepPath }) => stepPath === withoutItems(only.path));
  return home?.sendsSteps === true ? partOf(plan, ({ runsOn }) => runsOn === undefined) : plan;
}

/** Looks only for what the steps need. */
async function findCapabilities(plan: Plan, repository: Repository, env: Ambient): Promise<HostCapabilities> {
  const wanted = new Set(plannedRuns(plan.root).map(({ executor }) => executor));
  return {
    sandbox: wanted.has('sandbox') ? await sandboxSettings(repository, env) : null,
    containers: wanted.has('container') ? findContainerRuntime(env) : null,
    arch: systemArch(),
  };
}

function folderOf({ plan, listed }: Prepared, { root }: Repository): FolderOf {
  if (!plan.pinned) return (_, written) => findFolder(root, written);
  return (tool, written) => findSealedFolder(listed(tool).files, written);
}

/**
 * Runs before anything is unsealed: a run that cannot be audited does not start. Returns a function that records how it
 * ended.
 */
async function recordUse({ repository, prepared, start: { id: run } }: Launch) {
  const { plan, vault, entries, digest } = prepared;
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
