import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { makeFolders, replaceFile } from '../../util/atomic-file.ts';
import { isRecord } from '../../util/guards.ts';
import { withLock } from '../../util/lock.ts';
import { readText } from '../../util/read-text.ts';

/** Ids of requests that a webhook remembers; the oldest go first. */
const MOST_DELIVERIES = 10_000;

interface Fired {
  /** By schedule: the last time that was started, ISO 8601. */
  readonly schedules: Readonly<Record<string, string>>;
  /** By the id of a request: until when it is remembered, in milliseconds. */
  readonly deliveries: Readonly<Record<string, number>>;
}

/** What triggers of one repository have started on this machine: no time and no request starts a tool twice. */
export class FiredTimes {
  readonly #path: string;

  constructor(stateDir: string, root: string) {
    const repository = createHash('sha256').update(root).digest('hex').slice(0, 16);
    this.#path = join(stateDir, 'triggers', `${repository}.json`);
  }

  lastOf(schedule: string): Date | undefined {
    const time = this.#read().schedules[schedule];
    return time === undefined ? undefined : new Date(time);
  }

  /** True for the first that claims a time, in whatever process; a time before the last one is gone. */
  claimTime(schedule: string, time: Date): Promise<boolean> {
    return this.#change((fired) => {
      const last = fired.schedules[schedule];
      if (last !== undefined && last >= time.toISOString()) return null;
      return { ...fired, schedules: { ...fired.schedules, [schedule]: time.toISOString() } };
    });
  }

  /** True for the first that claims a request. */
  claimDelivery(id: string, now: number, windowMs: number): Promise<boolean> {
    return this.#change((fired) => {
      const known = Object.entries(fired.deliveries).filter(([, until]) => until > now);
      if (known.some(([one]) => one === id)) return null;
      const kept = known.slice(-MOST_DELIVERIES);
      return { ...fired, deliveries: Object.fromEntries([...kept, [id, now + windowMs]]) };
    });
  }

  /** @param change null: nothing is to be changed, and the claim fails */
  async #change(change: (fired: Fired) => Fired | null): Promise<boolean> {
    await makeFolders(dirname(this.#path), 0o700);
    return withLock(`${this.#path}.lock`, {}, async () => {
      const changed = change(this.#read());
      if (changed === null) return false;
      await replaceFile(this.#path, Buffer.from(JSON.stringify(changed)), 0o600);
      return true;
    });
  }

  #read(): Fired {
    const text = readText(this.#path);
    if (text === '') return { schedules: {}, deliveries: {} };
    try {
      const read: unknown = JSON.parse(text);
      if (isRecord(read) && isRecord(read.schedules) && isRecord(read.deliveries)) return read as unknown as Fired;
    } catch {
      // Reported below.
    }
    throw new LockstepError('state/unusable', `${this.#path} is damaged`, [`rm '${this.#path}'`]);
  }
}
