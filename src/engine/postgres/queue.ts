import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { GlobalLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
import type { PoolClient } from 'pg';
import type { Database } from './database.ts';

/*
 * DBOS carries runs from the command that submits them to a worker: one workflow a run, whose only input is the name of
 * the run. Its queues know priorities, delays, limits of concurrency and rate, and which worker has what. What a run did
 * is in its journal (schema.ts), which a worker that takes it over reads: a workflow of DBOS replays by the numbers of its
 * calls, and a run, whose time limits and cancels come when they come, makes other calls the second time.
 *
 * All labels of a queue share one queue of DBOS, so that its limits count them together. The labels that a run asks for
 * stand in the version of its workflow: DBOS gives a worker the workflows of one version at a time (queue-reader.ts).
 */

export const DBOS_SCHEMA = 'lockstep_dbos';
export const APPLICATION = 'lockstep';
const WORKFLOW = 'run';
/** Workers take only runs that were submitted for their form of jobs and journals. */
const ENGINE_VERSION = 'lockstep-engine-1';

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

/** A queue, for workers that have all of these labels. No name holds a `+`. */
export function laneOf(queue: string, labels: readonly string[]): string {
  return [queue, ...[...new Set(labels)].sort()].join('+');
}

/** Where DBOS keeps a lane: repositories share no queues, even under the same name. */
export function dbosPlace(
  repository: string,
  lane: string,
): { readonly queueName: string; readonly appVersion: string } {
  const [queue = '', ...labels] = lane.split('+');
  return { queueName: `${repository} ${queue}`, appVersion: [ENGINE_VERSION, ...labels].join('+') };
}

/** The lanes that a worker serves, each with the limits of its queue: one for each set of its labels. */
export function lanesOf(
  { queues, labels }: { readonly queues: readonly string[]; readonly labels: readonly string[] },
  limits: ReadonlyMap<string, QueueLimits>,
): ReadonlyMap<string, QueueLimits> {
  const sets: string[][] = [[]];
  for (const label of [...new Set(labels)].sort()) for (const one of [...sets]) sets.push([...one, label]);
  return new Map(queues.flatMap((queue) => sets.map((set) => [laneOf(queue, set), limits.get(queue) ?? {}] as const)));
}

export async function migrateQueue(url: string): Promise<void> {
  const { migrateSystemDatabase } = await import('@dbos-inc/dbos-sdk/internal/system_database');
  await migrateSystemDatabase(url, await quietLogger(), DBOS_SCHEMA);
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
        ...dbosPlace(repository, lane),
        workflowName: WORKFLOW,
        workflowID: run,
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
    await (await this.#open()).resumeWorkflow(run, { queueName: dbosPlace(repository, lane).queueName });
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

/** For the parts of DBOS that want its own kind of logger. */
export async function quietLogger(): Promise<GlobalLogger> {
  const { GlobalLogger } = await import('@dbos-inc/dbos-sdk/internal/telemetry/logs');
  return new GlobalLogger(undefined, { logger: quiet() });
}

/** The messages of DBOS are about its own work; what matters of it, Lockstep says itself. */
function quiet() {
  const nothing = () => undefined;
  return { info: nothing, debug: nothing, warn: nothing, error: nothing };
}
