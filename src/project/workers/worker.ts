import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import type { CarriedRun } from '../../engine/postgres/carriage.ts';
import type { Job } from '../../engine/postgres/job.ts';
import { lanesOf, type QueueLimits } from '../../engine/postgres/queue.ts';
import { EngineWorker } from '../../engine/postgres/worker.ts';
import { LockstepError } from '../../errors.ts';
import { startGuardian } from '../../process/guardian.ts';
import type { EndReason, RunReport } from '../../run/event.ts';
import { EventChannel } from '../../run/event-channel.ts';
import { stampOfThisProcess } from '../../util/process-stamp.ts';
import { git } from '../git/git-cli.ts';
import type { Project } from '../project.ts';
import type { RunOptions } from '../runs/call-options.ts';
import type { RunRequest } from '../runs/launch.ts';
import type { Repository } from '../runs/prepare.ts';
import { finishedBefore } from '../runs/resume.ts';
import { startRun } from '../runs/start-run.ts';
import { answerProof, whyRefused } from '../submitting/job-proof.ts';
import { openArguments, openStep } from '../submitting/job-seal.ts';
import { openEngine } from '../submitting/open-engine.ts';
import { asActor } from '../vault/actor.ts';
import { type Checkout, Checkouts } from './checkouts.ts';
import { recordKeys } from './record-keys.ts';
import { requireSubmitted } from './require-submitted.ts';
import { RunsHere } from './runs-here.ts';
import { stepJobs } from './step-jobs.ts';

export interface WorkerSettings {
  readonly queues: readonly string[];
  readonly labels: readonly string[];
  /** Runs at one time. */
  readonly concurrency: number;
  /** Called with what happens to runs, for people who watch the worker. */
  readonly tell: (message: string) => void;
}

/** More sets of labels than a worker can look through. */
const MOST_LABELS = 6;

/** Takes runs of a repository from the database, and carries them on this machine with the identity of its user. */
export class Worker {
  readonly #project: Project;
  readonly #settings: WorkerSettings;
  readonly #engine: EngineWorker;
  readonly #checkouts: Checkouts;
  readonly #begun: RunsHere;
  readonly #ended: RunsHere;
  readonly #lanes: ReadonlyMap<string, QueueLimits>;
  readonly name: string;
  #endGuardian: (() => void) | null = null;

  private constructor(parts: WorkerParts) {
    const { project, settings, checkouts, begun, ended, name, lanes } = parts;
    this.#project = project;
    this.#settings = settings;
    this.#checkouts = checkouts;
    this.#begun = begun;
    this.#ended = ended;
    this.#lanes = lanes;
    this.name = name;
    this.#engine = parts.engineOf((run) => this.#execute(run));
  }

  /** @throws LockstepError `vault/untrusted`, `vault/not-a-member`, `identity/...`, `engine/...` */
  static async open(project: Project, settings: WorkerSettings): Promise<Worker> {
    if (settings.labels.length > MOST_LABELS)
      throw new LockstepError('usage/invalid', `a worker has at most ${MOST_LABELS} labels`, ['leave out some']);
    const { env } = project.vault;
    const engine = await openEngine({ config: project.snapshot.config, vault: project.vault, env, now: project.now });
    const vault = await project.vault.require();
    vault.trustStore.requireTrusted();
    const member = vault.requireMember((await project.vault.identity()).identity);
    const name = `${hostname().slice(0, 20)}-${stampOfThisProcess().pid}-${randomBytes(4).toString('hex')}`;
    const lanes = lanesOf(settings, project.snapshot.config.engine.queues);
    const commit =
      (await git(project.root, env, ['rev-parse', '--verify', '--quiet', 'HEAD']))?.toString().trim() ?? '';
    const begun = new RunsHere(env, vault.id, 'begun', project.now);
    return new Worker({
      ...{ project, settings, name, lanes, begun, ended: new RunsHere(env, vault.id, 'ended', project.now) },
      checkouts: await Checkouts.open(project.root, env),
      engineOf: (execute) =>
        new EngineWorker({
          database: engine.database,
          lanes,
          execute,
          now: project.now,
          proof: answerProof(project.vault),
          begins: (run) => begun.add(run),
          recordKey: recordKeys(project.vault),
          stepJobs: stepJobs(project.vault, project.now),
          row: {
            ...{ worker: name, repository: vault.id, host: hostname(), pid: stampOfThisProcess().pid, member, commit },
            ...{ queues: settings.queues, labels: settings.labels, concurrency: settings.concurrency },
          },
        }),
    });
  }

  async start(): Promise<void> {
    this.#endGuardian = await startGuardian();
    await this.#engine.start().catch((error: unknown) => {
      this.#cleanUp();
      throw error;
    });
  }

  /** Takes no more runs, lets steps end, and leaves the rest to other workers. */
  async drain(): Promise<void> {
    await this.#engine.drain();
    this.#cleanUp();
  }

  #cleanUp(): void {
    this.#endGuardian?.();
    rmSync(this.#checkouts.folder, { recursive: true, force: true });
  }

  kill(): void {
    this.#engine.kill();
  }

  async #execute(carried: CarriedRun): Promise<void> {
    const { run, job } = carried;
    this.#settings.tell(`took ${run} (${job.tool})`);
    try {
      const status = await asActor(`member ${job.member}`, () => this.#run(carried));
      if (status === undefined) return this.#tellLeft(carried);
      this.#ended.add(run);
      this.#settings.tell(`${status}: ${run} (${job.tool})`);
    } catch (error) {
      if (carried.isLost) return this.#tellLeft(carried);
      const detail = error instanceof LockstepError ? error.message : 'an error of Lockstep itself';
      await carried.fail(reportOf(carried, { why: 'not-started', detail }));
      this.#ended.add(run);
      this.#settings.tell(`failed: ${run} (${job.tool}): ${detail}`);
      if (!(error instanceof LockstepError)) throw error;
    }
  }

  #tellLeft({ run, job }: CarriedRun): void {
    this.#settings.tell(`left ${run} (${job.tool}) to other workers`);
  }

  /** The status that is on record; undefined where it is another worker's. */
  async #run(carried: CarriedRun): Promise<string | undefined> {
    await this.#requireSound(carried);
    const checkout = await this.#checkouts.at(carried.job.commit);
    return this.#runIn(checkout, carried).finally(() => checkout.remove());
  }

  async #runIn(checkout: Checkout, carried: CarriedRun): Promise<string | undefined> {
    const { run, job } = carried;
    const repository = this.#repositoryAt(checkout, job.commit);
    const request = await this.#requestOf(carried, repository);
    const channel = new EventChannel();
    channel.discard();
    const left = new AbortController().signal;
    const start = { id: run, channel, signal: carried.cancel, kill: carried.kill, left };
    const outcome = await startRun(repository, this.#project.vault.env, request, start);
    if (carried.isLost) return undefined;
    if (outcome.run !== null) return outcome.status;
    const [first] = outcome.problems;
    await carried.fail(reportOf(carried, { why: 'not-started', detail: first?.message ?? 'the call cannot start' }));
    return 'failed';
  }

  async #requireSound({ run, job, signed, isBegun }: CarriedRun): Promise<void> {
    const why = whyRefused(signed, job, {
      vault: await this.#project.vault.require(),
      run,
      lanes: new Set(this.#lanes.keys()),
      now: this.#project.now(),
      hasEnded: this.#ended.has(run),
      isWiped: !isBegun && this.#begun.has(run),
    });
    if (why !== undefined)
      throw new LockstepError('engine/refused', `the worker refuses the job: ${why}`, ['lockstep runs show RUN']);
  }

  /** The definitions of the commit, and the vault as it is now: what was revoked since is not opened. */
  #repositoryAt({ root, snapshot }: Checkout, commit: string): Repository {
    const { vault, runs, now } = this.#project;
    return { root, snapshot, vault, runs, now, mark: { id: commit, commit } };
  }

  async #requestOf(
    { run, job, past, home, isBegun, earlier }: CarriedRun,
    { snapshot }: Repository,
  ): Promise<RunRequest> {
    const { identity } = await this.#project.vault.identity();
    const vault = await this.#project.vault.require();
    const { tool, agent, group, on, timeoutMs, idempotencyKey, by } = job;
    const only = openStep(vault, identity, job);
    const options: RunOptions = {
      ...{ by, awaitApproval: true, values: openArguments(vault, identity, job) },
      ...(agent !== undefined && { agent }),
      ...(group !== null && { group }),
      ...(on !== undefined && { on }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(job.refuseSecretArguments && { refuseSecretArguments: true }),
    };
    const check = requireSubmitted(job);
    if (job.retries !== undefined && !isBegun)
      return { tool, options, home, past: { ...(await this.#earlier(job.retries, snapshot, earlier)), check } };
    const { answered, asked, recorded, header } = past;
    const seal = header.seal !== undefined && { seal: header.seal };
    const retries = header.retries && { retries: header.retries };
    return {
      ...{ tool, options, home },
      ...(only && { only }),
      past: { continues: { run }, recorded, answered, asked, ...seal, ...retries, check },
    };
  }

  /** What a retry begins with. @throws LockstepError `run/unknown` */
  async #earlier(
    retries: NonNullable<Job['retries']>,
    { catalog }: Repository['snapshot'],
    proven: CarriedRun['earlier'],
  ) {
    const found = await (await this.#project.engine()).find(retries.run);
    const earlier = (await proven(found.header.run)) ?? { ...found, recorded: new Map() };
    const { seal, tool: name } = earlier.header;
    const tool = catalog.tools.get(name);
    const recorded = tool === undefined ? new Map() : finishedBefore(earlier, tool, retries.from);
    return { recorded, retries, ...(seal !== undefined && { seal }) };
  }
}

interface WorkerParts {
  readonly project: Project;
  readonly settings: WorkerSettings;
  readonly checkouts: Checkouts;
  readonly begun: RunsHere;
  readonly ended: RunsHere;
  readonly name: string;
  readonly lanes: ReadonlyMap<string, QueueLimits>;
  readonly engineOf: (execute: (run: CarriedRun) => Promise<void>) => EngineWorker;
}

function reportOf({ run, job, past }: CarriedRun, reason: EndReason): RunReport {
  const steps = [...past.recorded.values()].map(({ report }) => report);
  return { run, tool: job.tool, status: 'failed', reason, steps, outputs: {}, durationMs: 0 };
}
