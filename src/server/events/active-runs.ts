import type { RunOptions } from '../../project/runs/call-options.ts';
import type { Run, RunOutcome } from '../../project/runs/run-handle.ts';
import { problemReport } from '../../text/problem-report.ts';
import { Refusal } from '../access/refusal.ts';

/** Starts that a repeated `Idempotency-Key` finds again. */
const MOST_KEYS = 10_000;

/** The runs that this server has started and that have not ended. */
export class ActiveRuns {
  readonly #active = new Map<string, Run>();
  readonly #byKey = new Map<string, { readonly request: string; readonly started: Promise<string> }>();
  readonly #ended: (run: string | undefined, status: string) => void;

  /** @param ended called when a run has ended; without its name where it has no journal */
  constructor(ended: (run: string | undefined, status: string) => void) {
    this.#ended = ended;
  }

  get size(): number {
    return this.#active.size;
  }

  /** One start for each key. @throws Refusal 422 where the key came with another request before */
  once(key: string | undefined, request: string, start: () => Promise<string>): Promise<string> {
    if (key === undefined) return start();
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known.request === request) return known.started;
      throw new Refusal(422, 'request/idempotency-key', 'the Idempotency-Key was used for another request', [
        'use a new key for a new request',
      ]);
    }
    const started = start();
    this.#byKey.set(key, { request, started });
    // What did not start may be tried again.
    started.catch(() => this.#byKey.delete(key));
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MOST_KEYS && oldest !== undefined) this.#byKey.delete(oldest);
    return started;
  }

  /**
   * Resolves with the name of the run once its plan has started.
   * @param begin hands the options to the project
   * @throws Refusal 422 with the problems of a call that cannot start, or what the project throws
   */
  async start(options: RunOptions, begin: (options: RunOptions) => Run | Promise<Run>): Promise<string> {
    const started = Promise.withResolvers<string>();
    const { resolve, reject } = started;
    const run = await begin({
      ...options,
      awaitApproval: true,
      onStart: () => resolve(run.id),
      onRefusal: (problems) => reject(refused(problems.map(problemReport))),
    });
    this.#active.set(run.id, run);
    const ended = (outcome: RunOutcome) => {
      if (outcome.run === null) reject(refused(outcome.problems));
      else this.#ended(outcome.run, outcome.status);
    };
    run
      .result()
      .then(ended, (error) => {
        reject(error);
        this.#ended(undefined, 'failed');
      })
      .finally(() => this.#active.delete(run.id));
    return started.promise;
  }

  /** Cancels all that run in this process, and resolves when they have ended. Runs of workers continue. */
  async drain(): Promise<void> {
    for (const run of this.#active.values()) if (run.isRemote) run.leave();
    const runs = this.#ours();
    for (const run of runs) run.cancel();
    await Promise.allSettled(runs.map((run) => run.result()));
  }

  killAll(): void {
    for (const run of this.#ours()) run.kill();
  }

  #ours(): readonly Run[] {
    return [...this.#active.values()].filter(({ isRemote }) => !isRemote);
  }
}

function refused(problems: ConstructorParameters<typeof Refusal>[5]): Refusal {
  const [first] = problems ?? [];
  return new Refusal(422, 'run/refused', first?.message ?? 'the call cannot start', [], {}, problems);
}
