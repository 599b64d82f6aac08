import type { Database } from './database.ts';

/** What triggers of one repository have started, over all servers of a database: no time and no request starts a tool twice. */
export class FiredRows {
  readonly #database: Database;
  readonly #repository: string;

  constructor(database: Database, repository: string) {
    this.#database = database;
    this.#repository = repository;
  }

  async lastOf(schedule: string): Promise<Date | undefined> {
    const [row] = await this.#database.rows<{ time: Date }>(
      'SELECT time FROM lockstep.fired WHERE repository = $1 AND schedule = $2',
      [this.#repository, schedule],
    );
    return row?.time;
  }

  /** True for the first server that claims a time; a time before the last one is gone. */
  async claimTime(schedule: string, time: Date): Promise<boolean> {
    const claimed = await this.#database.rows(
      `INSERT INTO lockstep.fired AS f (repository, schedule, time) VALUES ($1, $2, $3)
       ON CONFLICT (repository, schedule) DO UPDATE SET time = excluded.time WHERE f.time < excluded.time
       RETURNING 1`,
      [this.#repository, schedule, time],
    );
    return claimed.length > 0;
  }

  /** True for the first server that claims a request. */
  async claimDelivery(id: string, now: number, windowMs: number): Promise<boolean> {
    await this.#database.rows('DELETE FROM lockstep.delivery WHERE repository = $1 AND until < $2', [
      this.#repository,
      new Date(now),
    ]);
    const claimed = await this.#database.rows(
      'INSERT INTO lockstep.delivery (repository, id, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1',
      [this.#repository, id, new Date(now + windowMs)],
    );
    return claimed.length > 0;
  }
}
