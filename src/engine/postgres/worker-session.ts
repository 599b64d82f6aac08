import { setTimeout as pause } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { LockstepError } from '../../errors.ts';
import { databaseError, isAnswer } from './database.ts';

/** A statement of the session that takes longer means that the network has gone. */
const LONGEST_MS = 5_000;
const RECONNECT_MS = 200;
/** After a restart of the database every worker has to connect again, and is not dead meanwhile. */
export const AFTER_RESTART_SECONDS = 5;

/** A lock that the session holds. */
export interface SessionLock {
  readonly key: string;
  /** Several sessions may hold it at one time, and none alone meanwhile. */
  readonly isShared?: boolean;
  /** Called where the connection broke, and another session has it since. */
  readonly lost: () => void;
}

function tryLock({ isShared }: SessionLock): string {
  return `pg_try_advisory_lock${isShared ? '_shared' : ''}(hashtextextended($1, 0))`;
}

/** The holder before the restart takes it again; null where that may still happen. */
function tryStepLock(lock: SessionLock): string {
  return `SELECT CASE WHEN pg_postmaster_start_time() < now() - make_interval(secs => ${AFTER_RESTART_SECONDS})
    THEN ${tryLock(lock)} END AS taken`;
}

/**
 * The one connection that stands for a worker. While it lives, it holds the worker's lock, and that of each step with a
 * `lock:`. PostgreSQL releases them when the connection ends, so the others see at once that a worker is dead; the
 * keepalives of TCP find one whose machine has gone. It needs a direct connection: a pooler by transaction would lend the
 * session to others.
 */
export class WorkerSession {
  readonly #url: string;
  readonly #worker: string;
  #client: Promise<Client> | undefined;
  readonly #held = new Set<SessionLock>();
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, worker: string) {
    this.#url = url;
    this.#worker = worker;
  }

  /** Connects where the connection has gone, and takes the worker's lock again. One statement at a time. */
  rows<R extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    const answer = this.#last.then(() => this.#ask<R>(sql, values));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask<R extends QueryResultRow>(sql: string, values: readonly unknown[]): Promise<R[]> {
    // A statement that comes late must not connect again.
    if (this.#closed) throw new LockstepError('engine/unreachable', 'the session of the worker is closed');
    const client = await this.#connected();
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } catch (error) {
      const fault = databaseError(error);
      // A database that is full refuses a statement, and the session lives: its locks must not go with it.
      if (!isAnswer(fault)) await this.#drop(client);
      throw fault;
    }
  }

  async tryLock(lock: SessionLock): Promise<boolean> {
    const [row] = await this.rows<{ taken: boolean }>(`SELECT ${tryLock(lock)} AS taken`, [lock.key]);
    if (row?.taken === true) this.#held.add(lock);
    return row?.taken === true;
  }

  async tryStepLock(lock: SessionLock): Promise<'taken' | 'held' | 'not-now'> {
    const [row] = await this.rows<{ taken: boolean | null }>(tryStepLock(lock), [lock.key]);
    if (row?.taken === true) this.#held.add(lock);
    if (row?.taken === null) return 'not-now';
    return row?.taken === true ? 'taken' : 'held';
  }

  async unlock(lock: SessionLock): Promise<void> {
    this.#held.delete(lock);
    await this.rows(`SELECT pg_advisory_unlock${lock.isShared ? '_shared' : ''}(hashtextextended($1, 0))`, [lock.key]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  #connected(): Promise<Client> {
    if (this.#client === undefined) {
      const connecting = this.#connect();
      this.#client = connecting;
      connecting.catch(() => {
        if (this.#client === connecting) this.#client = undefined;
      });
    }
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const { Client } = await import('pg');
    const client = new Client({
      connectionString: this.#url,
      application_name: sessionName(this.#worker),
      keepAlive: true,
      connectionTimeoutMillis: LONGEST_MS,
      query_timeout: LONGEST_MS,
    });
    client.on('error', () => void this.#drop(client));
    try {
      await client.connect();
      // The server ends a session whose other end has gone, and with it the locks.
      await client.query('SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3');
      // A former session of ours may not be gone yet.
      while (!this.#closed && !(await this.#lockAgain(client, lockOfWorker(this.#worker)))) await pause(RECONNECT_MS);
      await this.#lockAllAgain(client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw databaseError(error);
    }
  }

  /** The locks of steps ended with the former session; another worker may have been faster. */
  async #lockAllAgain(client: Client): Promise<void> {
    for (const lock of [...this.#held]) {
      if (await this.#lockAgain(client, lock)) continue;
      // It may have been released since; a step that has ended loses nothing.
      if (this.#held.delete(lock)) lock.lost();
    }
  }

  async #lockAgain(client: Client, lock: SessionLock): Promise<boolean> {
    const { rows } = await client.query<{ taken: boolean }>(`SELECT ${tryLock(lock)} AS taken`, [lock.key]);
    return rows[0]?.taken === true;
  }

  async #drop(client: Client): Promise<void> {
    const present = await this.#client?.catch(() => undefined);
    if (present === client) this.#client = undefined;
    // A connection that hangs is not ended politely.
    void client.end().catch(() => undefined);
  }
}

export function lockOfWorker(worker: string): SessionLock {
  return { key: `lockstep/worker ${worker}`, lost: () => undefined };
}

/** As `pg_stat_activity` shows it. PostgreSQL cuts names at 63 bytes. */
export function sessionName(worker: string): string {
  return `lockstep ${worker}`.slice(0, 63);
}
