import { randomUUID } from 'node:crypto';
import type { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import type { WorkflowQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import { systemCode } from '../../errors.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import { type Database, databaseError } from './database.ts';
import { throughOutages } from './journal-table.ts';
import { APPLICATION, DBOS_SCHEMA, dbosPlace, type QueueLimits, quietLogger, type Rate } from './queue.ts';
import { missingTables } from './schema.ts';

/** Between two looks for runs whose time has come. */
const DELAYED_MS = 1_000;
/** Another worker takes runs of the same queue at this moment: serialization_failure, lock_not_available. */
const CONTENTION = new Set(['40001', '55P03']);

/** The lanes in which something waits: runs that were submitted, steps that other workers have sent. */
const WAITING = `
SELECT lane,
  EXISTS (SELECT 1 FROM lockstep.run r
    WHERE r.repository = $1 AND r.queue = lane AND r.status = 'queued' AND r.parent IS NULL) AS runs,
  EXISTS (SELECT 1 FROM lockstep.run r
    WHERE r.repository = $1 AND r.queue = lane AND r.status = 'queued' AND r.parent IS NOT NULL) AS steps
FROM unnest($2::text[]) AS lane`;

const TRY_TURN = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken';

const TAKEN = `
SELECT workflow_uuid AS run FROM ${DBOS_SCHEMA}.workflow_status
WHERE status = 'PENDING' AND executor_id = $1 AND owner_xid = $2`;

const DONE = `
UPDATE ${DBOS_SCHEMA}.workflow_status SET status = 'SUCCESS', owner_xid = NULL,
  completed_at = (extract(epoch FROM now()) * 1000)::bigint, updated_at = (extract(epoch FROM now()) * 1000)::bigint
WHERE workflow_uuid = $1 AND owner_xid = $2 AND status = 'PENDING'`;

/** A run that DBOS has given to this worker. */
export interface TakenRun {
  readonly run: string;
  /** What DBOS knows this taking of it by. */
  readonly owner: string;
}

/** Takes runs out of the queues, within their limits. */
export class QueueReader {
  readonly #database: Database;
  readonly #worker: string;
  readonly #repository: string;
  #system: Promise<{ readonly dbos: SystemDatabase; readonly Queue: typeof WorkflowQueue }> | undefined;
  #lastDelayed = Number.NEGATIVE_INFINITY;

  constructor(database: Database, { worker, repository }: { readonly worker: string; readonly repository: string }) {
    this.#database = database;
    this.#worker = worker;
    this.#repository = repository;
  }

  /** The lanes with queued runs, and those with queued steps; not whether their limits let them start. */
  async waiting(lanes: readonly string[]): Promise<{ readonly runs: string[]; readonly steps: string[] }> {
    const rows = await this.#database.rows<{ lane: string; runs: boolean; steps: boolean }>(WAITING, [
      this.#repository,
      lanes,
    ]);
    const named = (which: 'runs' | 'steps') => rows.filter((row) => row[which]).map(({ lane }) => lane);
    return { runs: named('runs'), steps: named('steps') };
  }

  /**
   * Takes runs of one lane: none where another worker takes runs of the queue at this moment.
   * @param room at most so many
   * @param begin called with each, also where a later one cannot be taken
   */
  async take(
    { lane, limits, room }: { readonly lane: string; readonly limits: QueueLimits; readonly room: number },
    begin: (run: TakenRun) => void,
  ): Promise<void> {
    const { dbos, Queue } = await this.open();
    await this.#releaseDelayed(dbos);
    const { queueName, appVersion } = dbosPlace(this.#repository, lane);
    const record = Queue.recordFromParams(queueName, { ...dbosLimits(limits), workerConcurrency: room });
    const queue = new Queue(record, false);
    let begun = 0;
    const beginAll = async (take: (owner: string) => Promise<readonly string[]>) => {
      const taken = await this.#taking(take);
      begun += taken.length;
      for (const run of taken) begin(run);
    };
    const takeOf = (key?: string) =>
      beginAll((owner) => dbos.findAndMarkStartableWorkflows(queue, this.#worker, appVersion, key, begun, 0, owner));
    if (isEmpty(limits)) return takeOf();
    await this.#alone(queueName, async () => {
      if (limits.perKey === undefined) return takeOf();
      if (isOneForEachKey(limits))
        return beginAll((owner) =>
          dbos.findAndMarkStartablePartitionedWorkflows(queue, this.#worker, appVersion, room, owner),
        );
      for (const key of shuffled(await dbos.getQueuePartitions(queueName))) if (begun < room) await takeOf(key);
    });
  }

  /**
   * One worker at a time: DBOS counts the runs of a queue in a snapshot, and relies on a lock on the rows that it takes, which
   * two workers with other labels do not share.
   */
  #alone(queueName: string, take: () => Promise<void>): Promise<void> {
    return this.#database.transaction(async (queries) => {
      const [turn] = await queries.rows<{ taken: boolean }>(TRY_TURN, [`lockstep/queue ${queueName}`]);
      if (turn?.taken === true) await take();
    });
  }

  /** This worker has ended the run. Nothing happens where another worker has taken it since. */
  async done({ run, owner }: TakenRun): Promise<void> {
    await this.#database.rows(DONE, [run, owner]);
  }

  async #taking(take: (owner: string) => Promise<readonly string[]>): Promise<readonly TakenRun[]> {
    const owner = randomUUID();
    const named = (runs: readonly string[]) => runs.map((run) => ({ run, owner }));
    try {
      return named(await take(owner));
    } catch (error) {
      if (CONTENTION.has(systemCode(error) ?? '')) return [];
      // The database may have done it, and its answer is lost.
      const rows = await throughOutages(() => this.#database.rows<{ run: string }>(TAKEN, [this.#worker, owner]));
      return named(rows.map(({ run }) => run));
    }
  }

  async #releaseDelayed(dbos: SystemDatabase): Promise<void> {
    if (msSince(this.#lastDelayed) < DELAYED_MS) return;
    this.#lastDelayed = monotonicMs();
    await dbos.transitionDelayedWorkflows();
  }

  /** @throws LockstepError `engine/missing` where the tables of DBOS are not those of this version */
  open() {
    this.#system ??= this.#connect();
    return this.#system;
  }

  async #connect() {
    const [{ SystemDatabase }, { WorkflowQueue }, { DBOSJSON }, { DBOSInitializationError }] = await Promise.all([
      import('@dbos-inc/dbos-sdk/internal/system_database'),
      import('@dbos-inc/dbos-sdk/internal/wfqueue'),
      import('@dbos-inc/dbos-sdk/internal/serialization'),
      import('@dbos-inc/dbos-sdk/internal/error'),
    ]);
    const { url } = this.#database;
    const [logger, pool] = [await quietLogger(), await this.#database.pool()];
    const own = [undefined, pool, DBOS_SCHEMA, false, undefined, undefined, APPLICATION] as const;
    const dbos = new SystemDatabase(url, logger, DBOSJSON, ...own);
    await dbos.init(false).catch((error: unknown) => {
      throw error instanceof DBOSInitializationError ? missingTables() : databaseError(error);
    });
    return { dbos, Queue: WorkflowQueue };
  }
}

function isEmpty({ concurrency, rate, perKey }: QueueLimits): boolean {
  return concurrency === undefined && rate === undefined && perKey === undefined;
}

/** DBOS takes the first run of all keys in one transaction. */
function isOneForEachKey({ concurrency, rate, perKey }: QueueLimits): boolean {
  return concurrency === undefined && rate === undefined && perKey?.concurrency === 1 && perKey.rate === undefined;
}

function dbosLimits({ concurrency, rate, perKey }: QueueLimits) {
  const rateOf = ({ limit, everySeconds }: Rate) => ({ limitPerPeriod: limit, periodSec: everySeconds });
  return {
    ...(concurrency !== undefined && { globalConcurrency: concurrency }),
    ...(rate && { rateLimit: rateOf(rate) }),
    ...(perKey?.concurrency !== undefined && { partitionConcurrency: perKey.concurrency }),
    ...(perKey?.rate && { partitionRateLimit: rateOf(perKey.rate) }),
  };
}

/** In another order each time: no lane or key waits for those before it. */
export function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
