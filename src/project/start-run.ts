import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { agentToolFor } from '../definition/agent-tools.ts';
import type { Tool } from '../definition/tool.ts';
import { LockstepError } from '../errors.ts';
import { grantedSecrets, type Plan, plannedRuns } from '../plan/plan.ts';
import type { EventChannel } from '../run/event-channel.ts';
import { findEngine } from '../run/executors/engine.ts';
import type { Machine } from '../run/executors/machine.ts';
import { findBubblewrap } from '../run/executors/sandbox.ts';
import { JOURNAL_FORMAT, type Journal, type Opening, type Recorded } from '../run/journal.ts';
import { maskJson, masksOf } from '../run/masks.ts';
import { machineProblems } from '../run/preflight.ts';
import type { Redactor } from '../run/redactor.ts';
import { executePlan } from '../run/run.ts';
import { newRunId } from '../run/run-id.ts';
import { injectionProblems, unsealGranted } from '../run/unseal.ts';
import { hasErrors, type Problem, sortedProblems } from '../text/problem.ts';
import { problemReport } from '../text/problem-report.ts';
import { stampOfThisProcess } from '../util/process-stamp.ts';
import type { SecretValue } from '../vault/secret-value.ts';
import type { RunOptions } from './call-options.ts';
import { type Ambient, placesOf } from './config.ts';
import { fileFacts, type Prepared, prepare, type Repository } from './prepare.ts';
import type { RunOutcome } from './run-handle.ts';

/**
 * Preflight, approval, unsealing, run, in this order: nothing starts unless everything can, and nothing is unsealed for
 * what will not start.
 */
export async function startRun(
  repository: Repository,
  env: Ambient,
  tool: string,
  options: RunOptions,
  channel: EventChannel,
  past?: Past,
): Promise<RunOutcome> {
  const prepared = await prepare(repository, tool, options, false);
  const { plan } = prepared;
  past?.check(prepared.digest);
  const on = machineOf(plan, env);
  const problems = sortedProblems([
    ...plan.problems,
    ...(await machineProblems(plan, repository.root, env.PATH ?? '', on)),
  ]);
  if (hasErrors(problems)) return refuse(plan, problems, options);
  await requireApproval(plan, options);
  const run = past?.run ?? newRunId(new Date());
  const audit = await recordUse(repository, prepared, run);
  const secrets = await unseal(repository, prepared);
  const faults = injectionProblems(plan, secrets);
  if (faults.length > 0) {
    for (const value of secrets.values()) value.dispose();
    audit('refused');
    return refuse(plan, faults, options);
  }
  const never = new AbortController().signal;
  const parallel = repository.snapshot.config.maxParallel ?? Math.max(4, availableParallelism() * 2);
  const { signal: cancel = never, kill = never } = options;
  const redactor = masksOf(plan, secrets);
  const journal = keepJournal(repository, prepared, options, run, redactor, past);
  if (journal.fault !== undefined)
    void channel.emit({
      type: 'notice',
      step: tool,
      message: `no journal is kept (${journal.fault}): it could not be resumed`,
    });
  const { recorded = new Map() } = past ?? {};
  const { root } = repository;
  const filesOf = (one: Tool) => filesInRoot(root, one);
  const lockPath = (name: string) => lockFile(placesOf(env).state, root, name);
  const about = { on, filesOf, lockPath, journal, recorded, redactor };
  const { timeoutMs } = options;
  const limit = timeoutMs !== undefined && { timeoutMs };
  const input = { ...limit, plan, run, root, env, secrets, cancel, kill, parallel, ...about };
  options.onStart?.(plan, recorded);
  const report = await executePlan(input, channel);
  audit(report.status);
  return report;
}

/** Repositories do not share locks, whatever they are called. */
function lockFile(stateDir: string, root: string, name: string): string {
  const repository = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(stateDir, 'locks', `${repository}-${name}.lock`);
}

/** Nothing is looked for that no step wants. */
function machineOf(plan: Plan, env: Ambient): Machine {
  const wanted = new Set(plannedRuns(plan.root).map(({ executor }) => executor));
  const { state, identityFile } = placesOf(env);
  return {
    bubblewrap: wanted.has('sandbox') ? findBubblewrap(env.PATH ?? '') : null,
    engine: wanted.has('container') ? findEngine(env) : null,
    home: env.HOME,
    hidden: [state, dirname(identityFile), env.LOCKSTEP_IDENTITY_FILE ?? ''].filter((path) => path !== ''),
  };
}

function filesInRoot(root: string, tool: Tool): readonly string[] {
  const folder = posix.dirname(tool.source.path);
  return fileFacts(root, tool).map(([path]) => posix.join(folder, path));
}

/** What is known of a run that is taken up again, or done anew in part. */
export interface Past {
  /** Its name, where it goes on under it, and how many processes had taken it up when that was decided. */
  readonly run?: string;
  readonly taken?: number;
  /** What is not done again. */
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly retries?: NonNullable<Opening['retries']>;
  /** Throws where the tool, by its digest now, is not what it was. */
  check(digest: string | undefined): void;
}

/** Arguments in which a secret stands are withheld as those are that say they are sensitive. */
function keepJournal(
  { root, runs, now }: Repository,
  { plan, digest }: Prepared,
  { on }: RunOptions,
  run: string,
  redactor: Redactor,
  past: Past | undefined,
): Journal {
  const { tool, agent, group } = plan;
  const kept = Object.entries(plan.args).filter(
    ([name, value]) =>
      tool.args.get(name)?.sensitive !== true && JSON.stringify(maskJson(value, redactor)) === JSON.stringify(value),
  );
  const opening: Opening = {
    format: JOURNAL_FORMAT,
    run,
    tool: tool.name,
    ...(agent && { agent: agent.name }),
    group,
    ...(on !== undefined && { on }),
    args: Object.fromEntries(kept),
    withheld: Object.keys(plan.args).filter((name) => !kept.some(([one]) => one === name)),
    digest: digest ?? null,
    root,
    owner: stampOfThisProcess(),
    ...(past?.retries && { retries: past.retries }),
  };
  if (past?.run !== undefined) return runs.takeUp(opening, past.taken ?? 1, now);
  const journal = runs.begin(opening, now);
  for (const one of past?.recorded.values() ?? []) journal.ended(one);
  return journal;
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
      // The use stands recorded; that its outcome cannot be is no reason to hide what the run came to.
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

/** Fails closed: without a person's yes nothing is unsealed. */
async function requireApproval({ agent, tool }: Plan, { approve }: RunOptions): Promise<void> {
  if (agent === undefined || agentToolFor(agent, tool.name)?.approve !== 'always') return;
  const said = await approve?.(`The agent ${agent.name} asks before each call of ${tool.name}. Run it?`);
  if (said === true) return;
  const why = said === false ? 'the answer was no' : 'nobody is here to give it';
  throw new LockstepError(
    'run/not-approved',
    `the agent ${agent.name} wants approval for each call of ${tool.name}, and ${why}`,
    [`lockstep run ${tool.name} --agent ${agent.name}, at a terminal`],
  );
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
