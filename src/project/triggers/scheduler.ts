import type { Tool } from '../../definition/model/tool.ts';
import type { Schedule } from '../../definition/model/trigger.ts';
import { loadCron, timeAfter } from '../../definition/values/cron.ts';
import { LONGEST_TIMER_MS } from '../../util/timing.ts';
import type { Project } from '../project.ts';
import type { FiredRecord } from './fired-times.ts';

/** More missed times than these are not counted one by one: the newest of them is as good. */
const MOST_MISSED = 10_000;

/** A tool that is due at a time. */
export interface DueTool {
  readonly tool: Tool;
  readonly schedule: Schedule;
  readonly time: Date;
}

export interface SchedulerOptions {
  readonly project: Project;
  readonly fired: FiredRecord;
  /** Whether the tool may start by itself. */
  readonly mayStart: (tool: Tool) => Promise<boolean>;
  /** Starts the tool. What it throws is reported by `failed`. */
  readonly start: (due: DueTool) => Promise<unknown>;
  readonly failed: (due: DueTool, error: unknown) => void;
  /** Ends all timers. */
  readonly signal: AbortSignal;
}

/** Starts tools at the times of their schedules. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Counts the calls of `plan`, so that an older one does not set a timer. */
  #plans = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  /** Takes the schedules of the snapshot in force, and makes up for what was missed. Called at the start, and after each reload. */
  async plan(): Promise<void> {
    this.#plans += 1;
    const plan = this.#plans;
    const { project, fired, signal } = this.#options;
    const tools = [...project.snapshot.catalog.tools.values()].filter(({ triggers }) => triggers.schedules.length > 0);
    if (tools.length === 0) return clearTimeout(this.#timer);
    await loadCron();
    const now = project.now();
    const next: DueTool[] = [];
    for (const tool of tools) {
      if (!(await this.#options.mayStart(tool))) continue;
      for (const schedule of tool.triggers.schedules) {
        const key = keyOf(tool, schedule);
        const last = await fired.lastOf(key);
        // A schedule that is new has missed nothing.
        if (last === undefined) await fired.claimTime(key, now);
        else await this.#makeUp({ tool, schedule, time: now }, last);
        const time = timeAfter(schedule.cron, schedule.timezone, now);
        if (time !== null) next.push({ tool, schedule, time });
      }
    }
    if (plan === this.#plans && !signal.aborted) this.#wait(next, now);
  }

  #wait(next: readonly DueTool[], now: Date): void {
    clearTimeout(this.#timer);
    const first = Math.min(...next.map(({ time }) => time.getTime()));
    if (!Number.isFinite(first)) return;
    const wait = Math.min(Math.max(0, first - now.getTime()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(async () => {
      const then = this.#options.project.now();
      await Promise.all(next.filter(({ time }) => time <= then).map((due) => this.#fire(due)));
      await this.plan();
    }, wait);
  }

  /** The last of the times between the last start and now, where the schedule wants that. */
  async #makeUp({ tool, schedule, time: now }: DueTool, last: Date): Promise<void> {
    if (schedule.catchUp === 'none') return;
    let missed: Date | null = null;
    let at = timeAfter(schedule.cron, schedule.timezone, last);
    for (let count = 0; at !== null && at <= now && count < MOST_MISSED; count += 1) {
      missed = at;
      at = timeAfter(schedule.cron, schedule.timezone, at);
    }
    if (missed !== null) await this.#fire({ tool, schedule, time: missed });
  }

  async #fire(due: DueTool): Promise<void> {
    const { fired, start, failed } = this.#options;
    try {
      if (await fired.claimTime(keyOf(due.tool, due.schedule), due.time)) await start(due);
    } catch (error) {
      failed(due, error);
    }
  }
}

function keyOf({ name }: Tool, { cron, timezone }: Schedule): string {
  return `${name} ${timezone} ${cron}`;
}
