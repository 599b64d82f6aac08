import { appendFileSync, closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_DAYS } from '../../engine/postgres/job.ts';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';

const DAY_MS = 24 * 3600_000;
/** A job is refused when it has expired. Clocks differ, and a day of a file is not over when its first job expires. */
const KEPT_DAYS = JOB_DAYS + 2;

/** The file of one day, as far as it is read. */
interface Day {
  readonly names: Set<string>;
  /** Bytes that are read. */
  size: number;
}

/**
 * The runs that workers of this machine have begun, or have brought to their end, in its state folder: a row that a user
 * puts back into the database does not make them run once more. Each day has a file, which is removed once no job of that
 * day can be valid.
 */
export class RunsHere {
  readonly #folder: string;
  readonly #prefix: string;
  readonly #now: () => Date;
  readonly #days = new Map<string, Day>();

  constructor(env: Ambient, vault: string, what: 'begun' | 'ended', now: () => Date) {
    this.#folder = join(userFoldersOf(env).state, 'worker');
    this.#prefix = `${vault}.${what}.`;
    this.#now = now;
  }

  has(run: string): boolean {
    // Another worker of this machine may have added it.
    this.#readOn();
    return [...this.#days.values()].some(({ names }) => names.has(run));
  }

  add(run: string): void {
    if (this.has(run)) return;
    const name = `${this.#prefix}${this.#dayBefore(0)}`;
    this.#dayOf(name).names.add(run);
    try {
      makeFoldersSync(this.#folder, 0o700);
      appendFileSync(join(this.#folder, name), `${run}\n`, { mode: 0o600 });
    } catch {
      // It is remembered by this process at least.
    }
  }

  /** Reads only what is new since the last time. */
  #readOn(): void {
    const oldest = `${this.#prefix}${this.#dayBefore(KEPT_DAYS)}`;
    for (const name of [...this.#files(), ...this.#days.keys()]) {
      if (name >= oldest) this.#readDay(name, this.#dayOf(name));
      else this.#forget(name);
    }
  }

  #readDay(name: string, day: Day): void {
    const text = readFrom(join(this.#folder, name), day.size);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    day.size += whole.length;
    for (const run of whole.split('\n')) if (run !== '') day.names.add(run);
  }

  #forget(name: string): void {
    this.#days.delete(name);
    rmSync(join(this.#folder, name), { force: true });
  }

  #dayOf(name: string): Day {
    const known = this.#days.get(name) ?? { names: new Set(), size: 0 };
    this.#days.set(name, known);
    return known;
  }

  /** `2026-11-30`, in UTC. */
  #dayBefore(days: number): string {
    return new Date(this.#now().getTime() - days * DAY_MS).toISOString().slice(0, 10);
  }

  #files(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.startsWith(this.#prefix));
    } catch {
      return [];
    }
  }
}

/** Names of runs are ASCII: a character is a byte. Empty where there is no such file. */
function readFrom(path: string, from: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - from));
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, from));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
