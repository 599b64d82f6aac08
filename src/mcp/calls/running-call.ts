import type { Tool } from '../../definition/model/tool.ts';
import type { Plan } from '../../plan/plan.ts';
import type { RunOptions } from '../../project/runs/call-options.ts';
import type { Run, RunOutcome } from '../../project/runs/run-handle.ts';
import type { Event } from '../../run/event.ts';
import type { View } from '../access.ts';
import { KeptOutput } from './kept-output.ts';

/** A question that a person has to answer before a step starts. */
export interface OpenQuestion {
  readonly id: string;
  readonly text: string;
}

/** What a caller waits for: the end, or a question that its client can ask. */
export type CallNews = { readonly outcome: RunOutcome } | { readonly questions: readonly OpenQuestion[] };

interface Asked extends OpenQuestion {
  readonly answer: (approved: boolean) => void;
}

/** How long a run waits for a client that was asked and does not come back. */
const ABANDONED_MS = 10 * 60_000;

/** A run that `tools/call` has started. It outlives the requests that wait for it. */
export class RunningCall {
  readonly tool: Tool;
  /** The client by whom it was started: no other may continue it. */
  readonly owner: string;
  readonly view: View;
  readonly output = new KeptOutput(() => this.steps > 1);
  /** How many steps the tool itself has; 0 before the start. */
  steps = 0;
  /** Hears of each event while a request waits. */
  listener: (event: Event) => void = () => undefined;
  readonly #run: Run;
  readonly #asked = new Map<string, Asked>();
  #count = 0;
  #changed = Promise.withResolvers<void>();
  #outcome: Promise<RunOutcome> | undefined;
  #abandoned: NodeJS.Timeout | undefined;
  readonly #decided = Promise.withResolvers<void>();
  readonly #ended: Promise<RunOutcome>;

  /**
   * @param canAsk whether the client asks its user
   * @param begin hands the options to the project
   */
  constructor(about: Pick<RunningCall, 'tool' | 'owner' | 'view'>, canAsk: boolean, begin: (own: RunOptions) => Run) {
    this.tool = about.tool;
    this.owner = about.owner;
    this.view = about.view;
    this.#run = begin({
      ...(canAsk && { approve: (question, signal) => this.#ask(question, signal) }),
      onStart: (plan: Plan) => {
        this.steps = plan.root.steps.length;
        this.#decided.resolve();
      },
    });
    this.#ended = this.#follow();
    this.#ended.catch(() => undefined);
  }

  get id(): string {
    return this.#run.id;
  }

  /** Settles when the run has ended. */
  get ended(): Promise<RunOutcome> {
    return this.#ended;
  }

  /** Settles when the run has begun, or will not. */
  get decided(): Promise<void> {
    return this.#decided.promise;
  }

  /** The questions that wait for an answer. */
  get questions(): readonly OpenQuestion[] {
    return [...this.#asked.values()];
  }

  /** The next thing that a request has to answer. @throws LockstepError where the run could not start */
  async next(): Promise<CallNews> {
    clearTimeout(this.#abandoned);
    for (;;) {
      if (this.#outcome !== undefined) return { outcome: await this.#outcome };
      if (this.#asked.size > 0) return { questions: this.questions };
      await this.#changed.promise;
    }
  }

  answer(id: string, approved: boolean): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.answer(approved);
  }

  /** The client was asked: if it does not come back, the run is cancelled, unless the tool says `detach`. */
  leave(): void {
    this.listener = () => undefined;
    clearTimeout(this.#abandoned);
    const abandon = () => {
      if (this.#asked.size > 0 || !this.tool.detach) this.cancel();
    };
    this.#abandoned = setTimeout(abandon, ABANDONED_MS).unref();
  }

  cancel(): void {
    this.#run.cancel();
  }

  kill(): void {
    this.#run.kill();
  }

  async #follow(): Promise<RunOutcome> {
    try {
      for await (const event of this.#run) {
        if (event.type === 'output') this.output.take(event.step, event.text);
        this.listener(event);
      }
      return await this.#run.result();
    } finally {
      clearTimeout(this.#abandoned);
      this.#outcome = this.#run.result();
      this.#outcome.catch(() => undefined);
      this.#decided.resolve();
      this.#tell();
    }
  }

  #ask(text: string, signal: AbortSignal): Promise<boolean> {
    this.#count += 1;
    const id = `approval-${this.#count}`;
    return new Promise<boolean>((resolve, reject) => {
      this.#asked.set(id, { id, text, answer: resolve });
      signal.addEventListener('abort', () => reject(signal.reason));
      this.#tell();
    }).finally(() => {
      this.#asked.delete(id);
      this.#tell();
    });
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
