import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { PoolClient } from 'pg';
import { Database } from './database.ts';

/*
 * DBOS carries runs from the command that submits them to a worker: one workflow a run, whose only input is the name of
 * the run. Its queue knows priorities, delays, limits of concurrency and rate, and which worker has what. What a run did
 * is in its journal (schema.ts), which a worker that takes it over reads: a workflow of DBOS replays by the numbers of its
 * calls, and a run, whose time limits and cancels come when they come, makes other calls the second time.
 */

export const DBOS_SCHEMA = 'lockstep_dbos';
const APPLICATION = 'lockstep';
const WORKFLOW = 'run';
/** Workers take only runs that were submitted for their form of jobs and journals. */
const ENGINE_VERSION = 'lockstep-engine-1';
/** Between two looks of an idle worker at a queue. */
const LOOK_MS = 100;
const LONGEST_DRAIN_MS = 2_000;

/** How many runs of a queue start. Absent: no limit. */
export interface QueueLimits {
  /** Runs at one time, over all workers. */
  readonly concurrency?: number;
  readonly rate?: Rate;
  /** The same for each key: what `run --key` says, else the tool. */
  readonly perKey?: { readonly concurrency?: number; readonly rate?: Rate };
}

export interface Rate {
  readonly limit: number;
  readonly everySeconds: number;
}

/** Where a run waits, and for how long. */
export interface Waiting {
  readonly repository: string;
  /** With its labels: laneOf. */
  readonly lane: string;
  /** What limits for each key count it by. It is always set: the worker may know of limits that the submitter does not. */
  readonly key: string;
  /** 0 is the first. */
  readonly priority: number;
  readonly delaySeconds?: number;
}

/** A lane as DBOS knows it: repositories share no queues, even under the same name. */
function queueName(repository: string, lane: string): string {
  return `${repository} ${lane}`;
}

/** A queue for workers that have all of these labels. */
export function laneOf(queue: string, labels: readonly string[]): string {
  return [queue, ...[...new Set(labels)].sort()].join('+');
}

/** The lanes of a queue that a worker with these labels serves: one for each set of them. */
export function lanesFor(queue: string, labels: readonly string[]): readonly string[] {
  const sets: string[][] = [[]];
  for (const label of [...new Set(labels)].sort()) for (const one of [...sets]) sets.push([...one, label]);
  return sets.map((set) => laneOf(queue, set));
}

export async function migrateQueue(url: string): Promise<void> {
  const [{ migrateSystemDatabase }, { GlobalLogger }] = await Promise.all([
    import('@dbos-inc/dbos-sdk/internal/system_database'),
    import('@dbos-inc/dbos-sdk/internal/telemetry/logs'),
  ]);
  await migrateSystemDatabase(url, new GlobalLogger(undefined, { logger: quiet() }), DBOS_SCHEMA);
}

/** What a command that submits or cancels needs of DBOS. */
export class QueueClient {
  readonly #database: Database;
  #client: Promise<DBOSClient> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes part in the transaction of `client`. */
  async enqueue(client: PoolClient, run: string, waiting: Waiting): Promise<void> {
    const { repository, lane, key, priority, delaySeconds } = waiting;
    const dbos = await this.#open();
    await dbos.enqueueInTransaction(
      client,
      {
        queueName: queueName(repository, lane),
        workflowName: WORKFLOW,
        workflowID: run,
        appVersion: ENGINE_VERSION,
        priority,
        queuePartitionKey: key,
        ...(delaySeconds !== undefined && { delaySeconds }),
      },
      run,
    );
  }

  /** It does not start any more; nothing happens to one that runs. */
  async withdraw(run: string): Promise<void> {
    await (await this.#open()).cancelWorkflow(run);
  }

  /** Puts a run, which no worker has any more, back into its lane. */
  async putBack(run: string, { repository, lane }: Pick<Waiting, 'repository' | 'lane'>): Promise<void> {
    await (await this.#open()).resumeWorkflow(run, { queueName: queueName(repository, lane) });
  }

  async forget(runs: readonly string[]): Promise<void> {
    if (runs.length > 0) await (await this.#open()).deleteWorkflows([...runs]);
  }

  async #open(): Promise<DBOSClient> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<DBOSClient> {
    const { DBOSClient } = await import('@dbos-inc/dbos-sdk');
    return DBOSClient.create({
      systemDatabaseUrl: this.#database.url,
      systemDatabasePool: await this.#database.pool(),
      systemDatabaseSchemaName: DBOS_SCHEMA,
      applicationName: APPLICATION,
      logger: quiet(),
    });
  }
}

export interface QueueService {
  /** The worker's name in the database. */
  readonly worker: string;
  readonly repository: string;
  readonly lanes: ReadonlyMap<string, QueueLimits>;
  /** Runs of one lane at one time on this worker. */
  readonly concurrency: number;
  /** Called with each run that this worker gets; never rejects. */
  readonly work: (run: string) => Promise<void>;
}

/** Takes runs from the queues until the returned function is called. One service a process: DBOS has one instance. */
export async function serveQueues(
  url: string,
  { worker, repository, lanes, concurrency, work }: QueueService,
): Promise<() => Promise<void>> {
  const [{ DBOS }, { registerInternalQueue }] = await Promise.all([
    import('@dbos-inc/dbos-sdk'),
    import('@dbos-inc/dbos-sdk/internal/wfqueue'),
  ]);
  const pool = new Database(url);
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabaseUrl: url,
    systemDatabaseSchemaName: DBOS_SCHEMA,
    systemDatabasePool: await pool.pool(),
    executorID: worker,
    applicationVersion: ENGINE_VERSION,
    runMigrations: false,
    useListenNotify: false,
    logger: quiet(),
  });
  DBOS.registerWorkflow(work, { name: WORKFLOW });
  for (const [lane, limits] of lanes) {
    // A queue of this process: each worker has a concurrency of its own, where DBOS's tables hold one for all.
    registerInternalQueue(queueName(repository, lane), {
      minPollingIntervalMs: LOOK_MS,
      ...dbosLimits(limits, Math.min(concurrency, limits.concurrency ?? concurrency)),
    });
  }
  await DBOS.launch();
  return async () => {
    await DBOS.shutdown({ workflowCompletionTimeoutMS: LONGEST_DRAIN_MS });
    await pool.close();
  };
}

function dbosLimits({ concurrency, rate, perKey }: QueueLimits, workerConcurrency: number) {
  const rateOf = ({ limit, everySeconds }: Rate) => ({ limitPerPeriod: limit, periodSec: everySeconds });
  return {
    workerConcurrency,
    ...(concurrency !== undefined && { globalConcurrency: concurrency }),
    ...(rate && { rateLimit: rateOf(rate) }),
    ...(perKey?.concurrency !== undefined && { partitionConcurrency: perKey.concurrency }),
    ...(perKey?.rate && { partitionRateLimit: rateOf(perKey.rate) }),
  };
}

/** The messages of DBOS are about its own work; what matters of it, Lockstep says itself. */
function quiet() {
  const nothing = () => undefined;
  return { info: nothing, debug: nothing, warn: nothing, error: nothing };
}
