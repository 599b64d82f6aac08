import { join } from 'node:path';
import { isRecord } from '../../util/guards.ts';
import { repositoryKey, StateFile } from '../repository/state-file.ts';

/** Ids of requests that a webhook remembers; the oldest go first. */
const MOST_DELIVERIES = 10_000;

interface Fired {
  /** By schedule: the last time that was started, ISO 8601. */
  readonly schedules: Readonly<Record<string, string>>;
  /** By the id of a request: until when it is remembered, in milliseconds. */
  readonly deliveries: Readonly<Record<string, number>>;
}

/** What triggers have started: in a file of this machine, or in the database of an engine. */
export interface FiredRecord {
  lastOf(schedule: string): Date | undefined | Promise<Date | undefined>;
  /** True for the first that claims a time, in whatever process; a time before the last one is gone. */
  claimTime(schedule: string, time: Date): Promise<boolean>;
  /** True for the first that claims a request. */
  claimDelivery(id: string, now: number, windowMs: number): Promise<boolean>;
}

/** What triggers of one repository have started on this machine: no time and no request starts a tool twice. */
export class FiredTimes implements FiredRecord {
  readonly #file: StateFile<Fired>;

  constructor(stateDir: string, root: string) {
    this.#file = new StateFile(join(stateDir, 'triggers', `${repositoryKey(root)}.json`), {
      empty: { schedules: {}, deliveries: {} },
      parse: (json) => (isFired(json) ? json : null),
    });
  }

  lastOf(schedule: string): Date | undefined {
    const time = this.#file.read().schedules[schedule];
    return time === undefined ? undefined : new Date(time);
  }

  /** True for the first that claims a time, in whatever process; a time before the last one is gone. */
  claimTime(schedule: string, time: Date): Promise<boolean> {
    return this.#file.change((fired) => {
      const last = fired.schedules[schedule];
      if (last !== undefined && last >= time.toISOString()) return null;
      return { ...fired, schedules: { ...fired.schedules, [schedule]: time.toISOString() } };
    });
  }

  /** True for the first that claims a request. */
  claimDelivery(id: string, now: number, windowMs: number): Promise<boolean> {
    return this.#file.change((fired) => {
      const known = Object.entries(fired.deliveries).filter(([, until]) => until > now);
      if (known.some(([one]) => one === id)) return null;
      const kept = known.slice(-MOST_DELIVERIES);
      return { ...fired, deliveries: Object.fromEntries([...kept, [id, now + windowMs]]) };
    });
  }
}

function isFired(value: unknown): value is Fired {
  return isRecord(value) && isRecord(value.schedules) && isRecord(value.deliveries);
}
