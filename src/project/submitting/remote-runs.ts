import { readJob } from '../../engine/postgres/job.ts';
import { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import type { RunEngine } from '../../engine/run-engine.ts';
import { isRunning } from '../../engine/run-summary.ts';
import { InternalError, LockstepError } from '../../errors.ts';
import type { Ambient } from '../repository/config.ts';
import { userOf } from '../repository/user.ts';
import type { Repository } from '../runs/prepare.ts';
import { type ResumeOptions, requestResume, requestRetry } from '../runs/resume.ts';
import type { RunOutcome, RunStart } from '../runs/run-handle.ts';
import { openArguments } from './job-seal.ts';
import { followRun, submitRun } from './remote-run.ts';
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
    if (options.detach)
      return { run, tool: found.header.tool, status: 'succeeded', steps: [], outputs: {}, durationMs: 0 };
    return followRun(this.#engine, run, { start, options: this.#named(options) });
  }

  /** With the arguments of the earlier run, unless others are given. */
  async #retry(
    { run, before, from }: { readonly run: string; readonly before: string; readonly from: string | undefined },
    options: ResumeOptions,
    start: RunStart,
  ): Promise<RunOutcome> {
    const earlier = await this.#engine.find(before);
    const { identity } = await this.#repository.vault.identity();
    const { job } = readJob(await this.#engine.jobOf(earlier.header.run));
    const args = openArguments(await this.#repository.vault.require(), identity, job);
    // The job has all arguments, those too that the journal does not show.
    const bare = { ...earlier, header: { ...earlier.header, args: {}, withheld: [] } };
    const values = { ...args, ...options.values };
    const { tools } = this.#repository.snapshot.catalog;
    const request = requestRetry(bare, from, tools, { ...options, values, repeatUnknown: true });
    const retries = { run: earlier.header.run, ...(from !== undefined && { from }) };
    return this.submit({ ...request, run, retries }, start);
  }

  /** With the person who starts it, for the record. */
  #named(options: ResumeOptions): ResumeOptions {
    return { ...options, by: options.by ?? userOf(this.#env) };
  }
}
