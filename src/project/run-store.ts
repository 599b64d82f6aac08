import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../errors.ts';
import type { EndStatus } from '../run/event.ts';
import { type Journal, type Opening, openJournal } from '../run/journal.ts';
import { type JournaledRun, readJournal } from '../run/read-journal.ts';
import { didYouMean } from '../text/suggestion.ts';
import { mayBeAlive, signalProcess } from '../util/process-stamp.ts';

/** Of all repositories together. When a run begins, the oldest beyond are removed. */
const KEPT_RUNS = 500;

/** What a list shows of a run. */
export interface RunSummary {
  readonly run: string;
  readonly tool: string;
  readonly agent?: string;
  readonly status: 'running' | EndStatus;
  /** Its process is gone and it has no end: `runs resume` takes it up again. */
  readonly interrupted: boolean;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly durationMs: number;
  readonly steps: { readonly ended: number; readonly failed: number };
}

/** The journals of this machine, one file a run; of them those of one repository. */
export class RunStore {
  readonly #folder: string;
  readonly #root: string;

  constructor(stateDir: string, root: string) {
    this.#folder = join(stateDir, 'runs');
    this.#root = root;
  }

  pathOf(run: string): string {
    return join(this.#folder, `${run}.jsonl`);
  }

  begin(opening: Opening, now: () => Date): Journal {
    for (const run of this.#names().slice(KEPT_RUNS - 1)) this.#remove(run);
    return openJournal(this.pathOf(opening.run), opening, true, now);
  }

  /** Goes on with the journal of a run that a process left. @throws LockstepError `run/not-resumable` where another does already */
  takeUp(opening: Opening, taken: number, now: () => Date): Journal {
    try {
      closeSync(openSync(`${this.pathOf(opening.run)}.${taken}`, 'wx', 0o600));
    } catch {
      throw new LockstepError('run/not-resumable', `the run ${opening.run} has just been taken up by another process`, [
        `lockstep runs show ${opening.run}`,
      ]);
    }
    return openJournal(this.pathOf(opening.run), opening, false, now);
  }

  /** Newest first. */
  list(): RunSummary[] {
    return this.#ours(this.#names()).map(summaryOf);
  }

  /** By its name, or a beginning of it that no other shares. @throws LockstepError `run/unknown` */
  find(name: string): JournaledRun {
    const begun = this.#names().filter((run) => run === name || (name !== '' && run.startsWith(name)));
    const ours = this.#ours(begun);
    const whole = ours.find(({ opening }) => opening.run === name);
    const [only, another] = whole === undefined ? ours : [whole];
    if (only !== undefined && another === undefined) return only;
    const nameOf = ({ opening }: JournaledRun) => opening.run;
    const hint =
      another === undefined
        ? didYouMean(name, this.#ours(this.#names()).map(nameOf))
        : `it is one of: ${ours.slice(0, 5).map(nameOf).join(', ')}`;
    const what = another === undefined ? `there is no run "${name}"` : `more than one run begins with "${name}"`;
    throw new LockstepError(
      'run/unknown',
      what,
      [hint, 'lockstep runs list'].filter((one) => one !== undefined),
    );
  }

  /** Removes all of this repository but the newest that have ended; returns their names. */
  prune(keep: number): string[] {
    const ours = this.#ours(this.#names()).map(({ opening }) => opening.run);
    return ours.slice(keep).filter((run) => this.#remove(run));
  }

  /** Not of a run that is still going on. */
  #remove(run: string): boolean {
    const found = readJournal(this.pathOf(run));
    if (found !== undefined && isRunning(found)) return false;
    const files = readdirSync(this.#folder).filter((file) => file.startsWith(`${run}.jsonl`));
    for (const file of files) rmSync(join(this.#folder, file), { force: true });
    return true;
  }

  /** Tells the process that is at it to end; returns the run's whole name. @throws LockstepError `run/unknown`, `run/not-resumable` */
  cancel(name: string, atOnce: boolean): string {
    const found = this.find(name);
    const { run, owner } = found.opening;
    const told =
      found.report === undefined && signalProcess(owner, 'SIGTERM') && (!atOnce || signalProcess(owner, 'SIGTERM'));
    if (told) return run;
    throw new LockstepError('run/not-resumable', `the run ${run} does not go on, so there is nothing to end`, [
      `lockstep runs show ${run}`,
    ]);
  }

  #names(): string[] {
    try {
      const files = readdirSync(this.#folder).filter((file) => file.endsWith('.jsonl'));
      return files.map((file) => file.slice(0, -'.jsonl'.length)).sort((a, b) => (a < b ? 1 : -1));
    } catch {
      return [];
    }
  }

  /** Reads these, and keeps those of this repository. */
  #ours(runs: readonly string[]): JournaledRun[] {
    return runs.flatMap((run) => {
      const found = readJournal(this.pathOf(run));
      return found?.opening.root === this.#root && found.opening.run === run ? [found] : [];
    });
  }
}

export function isRunning({ report, opening }: JournaledRun): boolean {
  return report === undefined && mayBeAlive(opening.owner);
}

export function summaryOf(run: JournaledRun): RunSummary {
  const { opening, started, seen, recorded, report } = run;
  const interrupted = report === undefined && !isRunning(run);
  const steps = [...recorded.values()].map((one) => one.report).filter(({ id }) => !/[/[]/.test(id));
  return {
    run: opening.run,
    tool: opening.tool,
    ...(opening.agent !== undefined && { agent: opening.agent }),
    status: report?.status ?? (interrupted ? 'failed' : 'running'),
    interrupted,
    started,
    durationMs: Math.max(0, Date.parse(seen) - Date.parse(started)),
    steps: { ended: steps.length, failed: steps.filter(({ status }) => status === 'failed').length },
  };
}
