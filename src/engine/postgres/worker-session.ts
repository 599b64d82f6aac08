import { setTimeout as pause } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { LockstepError } from '../../errors.ts';
import { databaseError } from './database.ts';

/** A statement of the session that takes longer means that the network has gone. */
const LONGEST_MS = 5_000;
const RECONNECT_MS = 200;
const TRY_LOCK = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken';

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
  readonly #held = new Set<string>();
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
      await this.#drop(client);
      throw fault;
    }
  }

  async tryLock(key: string): Promise<boolean> {
    const [row] = await this.rows<{ taken: boolean }>(TRY_LOCK, [key]);
    if (row?.taken === true) this.#held.add(key);
    return row?.taken === true;
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
      // The locks of steps ended with the former session; another worker may have been faster.
      for (const key of this.#held) await this.#lockAgain(client, key);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw databaseError(error);
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
