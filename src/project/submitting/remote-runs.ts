import type { JournalHeader } from '../../engine/journal.ts';
import { type Job, readJob } from '../../engine/postgres/job.ts';
import { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import type { JournaledRun } from '../../engine/read-journal.ts';
import type { RunEngine } from '../../engine/run-engine.ts';
import { isRunning } from '../../engine/run-summary.ts';
import { InternalError, LockstepError } from '../../errors.ts';
import type { Ambient } from '../repository/config.ts';
import { userOf } from '../repository/user.ts';
import type { ResumeState } from '../runs/launch.ts';
import type { Repository } from '../runs/prepare.ts';
import { type ResumeOptions, requestResume, requestRetry } from '../runs/resume.ts';
import type { RunOutcome, RunStart } from '../runs/run-handle.ts';
import { whyUnproven } from './job-proof.ts';
import { openArguments } from './job-seal.ts';
import { followRun, submitRun, submitted } from './remote-run.ts';
import type { SubmitRequest } from './submit.ts';

/** How a run continues: as itself, or as a new one that begins with what it finished. */
export interface ContinueHow {
  readonly again: boolean;
  /** A step to repeat; absent: all that did not succeed. */
  readonly from?: string | undefined;
}

/** Starts or continues one of them. */
export type BeginRemote = (workers: RemoteRuns, start: RunStart) => Promise<RunOutcome>;

/** Starts and continues runs that workers carry. */
export class RemoteRuns {
  readonly #repository: Repository;
  readonly #env: Ambient;
  readonly #engine: PostgresEngine;

  constructor(repository: Repository, env: Ambient, engine: RunEngine) {
    if (!(engine instanceof PostgresEngine)) throw new InternalError('runs of this machine have no workers');
    this.#repository = repository;
    this.#env = env;
    this.#engine = engine;
  }

  submit(request: SubmitRequest, start: RunStart): Promise<RunOutcome> {
    const named = { ...request, options: this.#named(request.options) };
    return submitRun(this.#engine, { repository: this.#repository, env: this.#env }, named, start);
  }

  /** @param before the run that continues, as `run` */
  goOn(
    { run, before, how }: { readonly run: string; readonly before: string; readonly how: ContinueHow },
    options: ResumeOptions,
    start: RunStart,
  ): Promise<RunOutcome> {
    if (how.again) return this.#retry({ run, before, from: how.from }, options, start);
    return this.#resume(run, options, start);
  }

  /** Workers take over by themselves; this is for a run that none has taken. @throws LockstepError `run/not-resumable` */
  async #resume(name: string, options: ResumeOptions, start: RunStart): Promise<RunOutcome> {
    const found = await this.#engine.find(name);
    const { run } = found.header;
    if (found.report === undefined && isRunning(found))
      throw new LockstepError(
        'run/not-resumable',
        found.place?.state === 'queued' ? `the run ${run} waits for a worker` : `the run ${run} is still running`,
        [`lockstep runs logs ${run} -f`, `lockstep runs cancel ${run}`],
      );
    // Refuses one that has ended, in the words of the local engine.
    if (found.report !== undefined) requestResume(found, options);
    await this.#engine.requeue(found);
    options.onSubmit?.(run);
    if (options.detach) return submitted(run, found.header.tool);
    return followRun(this.#engine, run, { start, options: this.#named(options) });
  }

  /** With the arguments of the earlier run, unless others are given. */
  async #retry(
    { run, before, from }: { readonly run: string; readonly before: string; readonly from: string | undefined },
    options: ResumeOptions,
    start: RunStart,
  ): Promise<RunOutcome> {
    const earlier = await this.#engine.find(before);
    const job = await this.#provenJob(earlier);
    const { identity } = await this.#repository.vault.identity();
    const args = openArguments(await this.#repository.vault.require(), identity, job);
    const values = { ...args, ...options.values };
    const { tools } = this.#repository.snapshot.catalog;
    const proven = { ...earlier, header: provenHeader(earlier.header, job) };
    const request = requestRetry(proven, from, tools, { ...options, values, repeatUnknown: true });
    const retries = { run: job.run, ...(from !== undefined && { from }) };
    return this.submit({ ...request, past: sameGroup(request.past, job), run, retries }, start);
  }

  /** The member who retries a run signs what it does: that comes from a signed job, never from its journal. */
  async #provenJob({ header }: JournaledRun): Promise<Job> {
    const { signed, job } = readJob(await this.#engine.jobOf(header.run));
    const why = whyUnproven(signed, job, { vault: await this.#repository.vault.require(), run: header.run });
    if (why !== undefined) throw refused(`the job of the run ${header.run} is not proven: ${why}`);
    const { tool, agent, group, digest } = header;
    if (tool !== job.tool || agent !== job.agent || group !== job.group || digest !== job.digest)
      throw refused(`the journal of the run ${header.run} shows another tool, agent, group or digest than its job`);
    return job;
  }

  /** With the person who starts it, for the record. */
  #named(options: ResumeOptions): ResumeOptions {
    return { ...options, by: options.by ?? userOf(this.#env) };
  }
}

/** The job has all arguments, those too that the journal does not show. */
function provenHeader(header: JournalHeader, job: Job): JournalHeader {
  const { on: _on, idempotencyKey: _key, timeoutMs: _timeout, ...rest } = header;
  const { on, idempotencyKey, timeoutMs } = job;
  return {
    ...{ ...rest, args: {}, withheld: [] },
    ...(on !== undefined && { on }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** A job without a group must not get the one that this machine would choose. */
function sameGroup(past: ResumeState | undefined, { run, group }: Job): ResumeState {
  if (past === undefined) throw new InternalError('a retry has a past');
  const check: ResumeState['check'] = (prepared) => {
    if (prepared.plan.group !== group) throw refused(`the run ${run} had no group, and its tool now asks for secrets`);
    past.check(prepared);
  };
  return { ...past, check };
}

function refused(why: string): LockstepError {
  return new LockstepError('engine/refused', why, ['start a new run: lockstep run TOOL']);
}
