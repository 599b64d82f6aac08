import { JOURNAL_FORMAT, type JournalHeader } from '../../engine/journal.ts';
import { JOB_DAYS, type Job } from '../../engine/postgres/job.ts';
import { laneOf } from '../../engine/postgres/queue.ts';
import type { Submission } from '../../engine/postgres/submission.ts';
import { LockstepError } from '../../errors.ts';
import { givenNames } from '../../plan/arguments.ts';
import { planOutline } from '../../plan/plan-report.ts';
import { masksOf } from '../../run/step/masks.ts';
import type { JsonValue } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import { hasErrors } from '../../text/problem.ts';
import { stampOfThisProcess } from '../../util/process-stamp.ts';
import { git } from '../git/git-cli.ts';
import type { Ambient } from '../repository/config.ts';
import { userOf } from '../repository/user.ts';
import { requireIdempotencyKey, requireNothingMasked } from '../runs/idempotency-key.ts';
import type { RunRequest } from '../runs/launch.ts';
import { type Prepared, prepare, type Repository } from '../runs/prepare.ts';
import { requireSigner, signJob } from './job-proof.ts';
import { sealPart } from './job-seal.ts';

const DAY_MS = 24 * 3600_000;

/** A run that is submitted. */
export interface SubmitRequest extends RunRequest {
  readonly run: string;
  readonly retries?: Job['retries'];
}

export type Submitting =
  | { readonly submission: Submission; readonly prepared: Prepared }
  | { readonly problems: readonly Problem[]; readonly prepared: Prepared };

/**
 * Makes the signed job of a run. What this machine cannot know, such as the programs of a worker, the worker checks.
 * @throws LockstepError `vault/missing`, `vault/not-a-member`, `engine/commit`
 */
export async function makeSubmission(
  repository: Repository,
  env: Ambient,
  request: SubmitRequest,
): Promise<Submitting> {
  const { tool, options, past } = request;
  requireIdempotencyKey(options.idempotencyKey);
  const prepared = await prepare(repository, tool, options, false);
  past?.check(prepared);
  const { problems } = prepared.plan;
  if (hasErrors(problems)) return { problems, prepared };
  requireOpenKeys(options, prepared);
  const job = await makeJob(repository, env, request, prepared);
  const { identity } = await repository.vault.identity();
  const { queue, dedupe } = options.queue ?? {};
  const waiting = waitingOf(job, repository);
  return {
    prepared,
    submission: {
      run: job.run,
      tool,
      group: prepared.plan.group,
      job: signJob(identity, job),
      header: headerOf(job, prepared),
      waiting,
      ...(job.starts !== undefined && { starts: job.starts }),
      ...(dedupe !== undefined && { dedupe: `${queue ?? 'default'} ${tool} ${dedupe}` }),
    },
  };
}

/** Keys stand in rows; here only the sensitive arguments are known of what they must not hold. */
function requireOpenKeys({ idempotencyKey, queue }: RunRequest['options'], { plan }: Prepared): void {
  const redactor = masksOf(plan, []);
  requireNothingMasked(idempotencyKey, redactor);
  requireNothingMasked(queue?.key, redactor, 'key');
  requireNothingMasked(queue?.dedupe, redactor, 'dedupe key');
}

async function makeJob(
  repository: Repository,
  env: Ambient,
  { run, tool, options, past, retries }: SubmitRequest,
  { plan, digest }: Prepared,
): Promise<Job> {
  const vault = await repository.vault.require();
  const { identity } = await repository.vault.identity();
  const member = requireSigner(vault, identity);
  const { queue = 'default', labels = [], key, priority = 0, starts } = options.queue ?? {};
  const { agent, on, timeoutMs, idempotencyKey } = options;
  const given = givenNames(options);
  const args = Object.fromEntries(Object.entries(plan.args).filter(([name]) => given.has(name)));
  const isSensitive = Object.keys(args).some((name) => plan.tool.args.get(name)?.sensitive === true);
  const sealedTo =
    plan.group ?? (isSensitive ? repository.vault.chooseGroup(vault, repository.snapshot.config, options.group) : null);
  const seal = { owner: { run, member, tool }, part: 'arguments', value: args } as const;
  return {
    format: 'lockstep-job/1',
    ...{ run, vault: vault.id, commit: await commitOf(repository, env), digest: digest ?? '', tool },
    ...(agent !== undefined && { agent }),
    group: plan.group,
    ...(on !== undefined && { on }),
    ...argumentsOf(args, sealedTo === null ? null : sealPart(vault, identity, { ...seal, group: sealedTo })),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(options.refuseSecretArguments && { refuseSecretArguments: true as const }),
    ...{ member, by: options.by ?? userOf(env), queue, labels: [...new Set(labels)].sort(), priority },
    ...(key !== undefined && { key }),
    ...(starts !== undefined && { starts: starts.toISOString() }),
    expires: new Date((starts ?? repository.now()).getTime() + JOB_DAYS * DAY_MS).toISOString(),
    ...(retries && { retries }),
    ...(past?.withChanges && { withChanges: true as const }),
  };
}

function argumentsOf(
  args: Readonly<Record<string, JsonValue>>,
  sealed: Job['sealed'] | null,
): Pick<Job, 'args' | 'sealed'> {
  return sealed ? { sealed } : { args };
}

/** Workers fetch it, and refuse the run where the tool there is not the one that was planned here. */
async function commitOf({ root }: Repository, env: Ambient): Promise<string> {
  const said = await git(root, env, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const commit = said?.toString().trim() ?? '';
  if (commit !== '') return commit;
  throw new LockstepError('engine/commit', `${root} has no commit from which a worker could run the tool`, [
    'git commit, and push',
  ]);
}

type Place = Submission['waiting'];

function waitingOf({ queue, labels, key, tool, priority, starts }: Job, { now }: Repository): Place {
  const delayMs = starts === undefined ? 0 : new Date(starts).getTime() - now().getTime();
  return {
    lane: laneOf(queue, labels),
    key: key ?? tool,
    priority,
    ...(delayMs > 0 && { delaySeconds: Math.ceil(delayMs / 1000) }),
  };
}

/** Arguments are shown once a worker has masked them, unless the run has no secrets. */
function headerOf(job: Job, { plan, digest }: Prepared): JournalHeader {
  return {
    format: JOURNAL_FORMAT,
    run: job.run,
    tool: plan.tool.name,
    ...(plan.agent && { agent: plan.agent.name }),
    by: job.by,
    group: plan.group,
    ...(job.on !== undefined && { on: job.on }),
    ...(job.timeoutMs !== undefined && { timeoutMs: job.timeoutMs }),
    ...(job.idempotencyKey !== undefined && { idempotencyKey: job.idempotencyKey }),
    args: job.args ?? {},
    withheld: [],
    digest: digest ?? null,
    snapshot: { id: job.commit, commit: job.commit },
    plan: planOutline(plan),
    root: job.vault,
    owner: stampOfThisProcess(),
    ...(job.retries && { retries: job.retries }),
  };
}
