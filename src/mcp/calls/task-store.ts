import type { CallToolResult, InputRequests } from '@modelcontextprotocol/server';
import { LockstepError } from '../../errors.ts';
import { questionForms } from './approval.ts';
import { callResult, errorResult, failure } from './call-result.ts';
import type { RunningCall } from './running-call.ts';

/** How long a client finds what came of a task, and how often it asks. */
const KEPT_MS = 60 * 60_000;
const POLL_MS = 1_000;
/** Ended tasks beyond this are forgotten, the oldest first; their runs are on record. */
const MOST_ENDED = 200;

/** A task as the extension shows it. */
export interface TaskView {
  readonly taskId: string;
  readonly status: 'working' | 'input_required' | 'completed' | 'cancelled';
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly result?: CallToolResult;
  readonly inputRequests?: InputRequests;
}

interface Task {
  readonly call: RunningCall;
  readonly createdAt: string;
  updatedAt: string;
  ended?: { readonly status: 'completed' | 'cancelled'; readonly result: CallToolResult };
}

/** Calls that a client asks for later, by the names of their runs: the protocol's extension for tasks. */
export class TaskStore {
  readonly #tasks = new Map<string, Task>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  add(call: RunningCall): TaskView {
    const createdAt = this.#now().toISOString();
    const task: Task = { call, createdAt, updatedAt: createdAt };
    this.#tasks.set(call.id, task);
    const end = (status: 'completed' | 'cancelled', result: CallToolResult) => {
      task.ended = { status, result };
      task.updatedAt = this.#now().toISOString();
      setTimeout(() => this.#tasks.delete(call.id), KEPT_MS).unref();
      this.#dropOldest();
    };
    call.ended.then(
      (outcome) => end(outcome.status === 'cancelled' ? 'cancelled' : 'completed', callResult(outcome, call.output)),
      (error) =>
        end('completed', error instanceof LockstepError ? errorResult(error) : failure('the run could not be started')),
    );
    return viewOf(task);
  }

  /** Undefined where there is none, or it is another client's. */
  find(id: string, owner: string): { readonly call: RunningCall; readonly view: TaskView } | undefined {
    const task = this.#tasks.get(id);
    return task?.call.owner === owner ? { call: task.call, view: viewOf(task) } : undefined;
  }

  #dropOldest(): void {
    const ended = [...this.#tasks].filter(([, task]) => task.ended !== undefined);
    if (ended.length > MOST_ENDED) this.#tasks.delete(ended[0]?.[0] ?? '');
  }
}

function viewOf({ call, createdAt, updatedAt, ended }: Task): TaskView {
  const { questions } = call;
  const about = { taskId: call.id, createdAt, lastUpdatedAt: updatedAt, ttlMs: KEPT_MS, pollIntervalMs: POLL_MS };
  if (ended?.status === 'completed') return { ...about, status: 'completed', result: ended.result };
  if (ended !== undefined) return { ...about, status: 'cancelled' };
  if (questions.length === 0) return { ...about, status: 'working' };
  return { ...about, status: 'input_required', inputRequests: questionForms(questions) };
}
