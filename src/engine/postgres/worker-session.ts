import { setTimeout as pause } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { LockstepError } from '../../errors.ts';
import { databaseError, isAnswer } from './database.ts';

/** A statement of the session that takes longer means that the network has gone. */
const LONGEST_MS = 5_000;
const RECONNECT_MS = 200;
/** After a restart of the database every worker has to connect again, and is not dead meanwhile. */
export const AFTER_RESTART_SECONDS = 5;
const TRY_LOCK = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken';
/** The holder before the restart takes it again; null where that may still happen. */
const TRY_STEP_LOCK = `
SELECT CASE WHEN pg_postmaster_start_time() < now() - make_interval(secs => ${AFTER_RESTART_SECONDS})
  THEN pg_try_advisory_lock(hashtextextended($1, 0)) END AS taken`;

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
  /** What to call where it cannot be taken again. */
  readonly #held = new Map<string, () => void>();
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

  async tryLock(key: string): Promise<boolean> {
    const [row] = await this.rows<{ taken: boolean }>(TRY_LOCK, [key]);
    if (row?.taken === true) this.#held.set(key, () => undefined);
    return row?.taken === true;
  }

  /** @param lost called where the connection broke, and another worker has the lock since */
  async tryStepLock(key: string, lost: () => void): Promise<'taken' | 'held' | 'not-now'> {
    const [row] = await this.rows<{ taken: boolean | null }>(TRY_STEP_LOCK, [key]);
    if (row?.taken === true) this.#held.set(key, lost);
    if (row?.taken === null) return 'not-now';
    return row?.taken === true ? 'taken' : 'held';
  }

  async unlock(key: string): Promise<void> {
    this.#held.delete(key);
    await this.rows('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [key]);
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
    for (const [key, lost] of [...this.#held]) {
      if (await this.#lockAgain(client, key)) continue;
      // It may have been released since; a step that has ended loses nothing.
      if (this.#held.delete(key)) lost();
    }
  }

  async #lockAgain(client: Client, key: string): Promise<boolean> {
    const { rows } = await client.query<{ taken: boolean }>(TRY_LOCK, [key]);
    return rows[0]?.taken === true;
  }

  async #drop(client: Client): Promise<void> {
    const present = await this.#client?.catch(() => undefined);
    if (present === client) this.#client = undefined;
    // A connection that hangs is not ended politely.
    void client.end().catch(() => undefined);
  }
}

export function lockOfWorker(worker: string): string {
  return `lockstep/worker ${worker}`;
}

/** As `pg_stat_activity` shows it. PostgreSQL cuts names at 63 bytes. */
export function sessionName(worker: string): string {
  return `lockstep ${worker}`.slice(0, 63);
}
