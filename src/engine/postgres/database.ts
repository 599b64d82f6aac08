import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { LockstepError, systemCode } from '../../errors.ts';

/** Connections of one pool; a worker has its session beside it. */
const MOST_CONNECTIONS = 8;
const CONNECT_MS = 10_000;
/** A statement that hangs, because the network has gone, is given up after this time. */
const STATEMENT_MS = 15_000;

/** A row as the driver reads it. */
export type Row = Readonly<Record<string, unknown>>;

/** A statement, or all of a transaction. */
export interface Queries {
  /** @throws LockstepError `engine/...`: databaseError */
  rows<R extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]>;
}

/** The database of an engine. Nothing is connected before the first statement, and idle connections end no process late. */
export class Database implements Queries {
  readonly url: string;
  #pool: Promise<Pool> | undefined;

  constructor(url: string) {
    this.url = url;
  }

  async rows<R extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    const pool = await this.pool();
    return translated(async () => (await pool.query<R>(sql, [...values])).rows);
  }

  /** @param work gets the client too, for what takes part in the transaction by itself */
  async transaction<T>(work: (queries: Queries, client: PoolClient) => Promise<T>): Promise<T> {
    const pool = await this.pool();
    const client = await translated(() => pool.connect());
    let fault: Error | undefined;
    try {
      return await translated(async () => {
        await client.query('BEGIN');
        const result = await work(queriesOf(client), client);
        await client.query('COMMIT');
        return result;
      });
    } catch (error) {
      fault = error instanceof Error ? error : new Error('unknown');
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release(fault);
    }
  }

  pool(): Promise<Pool> {
    this.#pool ??= openPool(this.url);
    return this.#pool;
  }

  /** Another call of it does nothing. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await (await pool)?.end();
  }
}

async function openPool(url: string): Promise<Pool> {
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    // The server ends a transaction whose process is stopped, and so releases what it has locked.
    idle_in_transaction_session_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'lockstep',
  });
  // An idle connection that breaks is replaced by the next statement.
  return pool.on('error', () => undefined);
}

function queriesOf(client: PoolClient): Queries {
  return {
    rows: <R extends QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      translated(async () => (await client.query<R>(sql, [...values])).rows),
  };
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(error);
  }
}

/** Whether another attempt may succeed: the connection broke, the database restarts, or there is room on its disk again. */
export function isPassing(error: unknown): boolean {
  return error instanceof LockstepError && (error.code === 'engine/unreachable' || error.code === 'engine/full');
}

/** Whether the database itself answered, over a connection that is as good as before. */
export function isAnswer(error: unknown): boolean {
  return error instanceof LockstepError && error.code !== 'engine/unreachable';
}

/** Never with the database's own message: it may quote a row. */
export function databaseError(error: unknown): Error {
  if (error instanceof LockstepError) return error;
  const code = systemCode(error) ?? '';
  const known = KNOWN.find(({ codes }) => codes.test(code));
  if (known !== undefined)
    return new LockstepError(known.as, `${known.what}${code === '' ? '' : ` (${code})`}`, known.hints);
  // Every code of PostgreSQL has five characters. Without a code it is the driver, which lost its connection.
  if (/^[0-9A-Z]{5}$/.test(code))
    return new LockstepError('engine/unusable', `the database refuses a statement of Lockstep (${code})`, [
      'lockstep engine status',
    ]);
  if (error instanceof Error && /connection|connect|timeout|terminated|closed|not queryable/i.test(error.message))
    return unreachable(code);
  return error instanceof Error ? error : new Error('unknown');
}

function unreachable(code: string): LockstepError {
  return new LockstepError(
    'engine/unreachable',
    `the database cannot be reached${code === '' ? '' : ` (${code})`}`,
    UNREACHABLE_HINTS,
  );
}

const UNREACHABLE_HINTS = ['check LOCKSTEP_DATABASE_URL, and that the database is running', 'lockstep engine status'];

const KNOWN = [
  {
    codes: /^(?:3F000|42P01|42703)$/,
    as: 'engine/missing',
    what: 'the database is not set up for this version of Lockstep',
    hints: ['lockstep engine migrate'],
  },
  {
    codes: /^25006$/,
    as: 'engine/unusable',
    what: 'the database is read-only',
    hints: ['connect to the primary, not to a replica', 'lockstep engine status'],
  },
  {
    codes: /^53100$/,
    as: 'engine/full',
    what: 'the disk of the database is full',
    hints: ['make room, for example: lockstep engine prune --older-than 30d', 'lockstep engine status'],
  },
  {
    codes: /^53[0-9A-Z]{3}$/,
    as: 'engine/unusable',
    what: 'the database has no room for more connections or work',
    hints: ['raise max_connections, or start fewer workers'],
  },
  {
    codes: /^(?:28[0-9A-Z]{3}|42501)$/,
    as: 'engine/unusable',
    what: 'the database does not let this user in, or do this',
    hints: ['check the user and the password in LOCKSTEP_DATABASE_URL'],
  },
  {
    codes: /^3D000$/,
    as: 'engine/missing',
    what: 'the database that the URL names does not exist',
    hints: ['createdb, then lockstep engine migrate'],
  },
  {
    codes: /^(?:08[0-9A-Z]{3}|57P0[0-9]|E[A-Z_]+)$/,
    as: 'engine/unreachable',
    what: 'the database cannot be reached',
    hints: UNREACHABLE_HINTS,
  },
] as const;
