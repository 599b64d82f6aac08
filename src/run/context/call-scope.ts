import type { Step } from '../../definition/model/tool.ts';
import type { Redactor } from '../../masking/redactor.ts';
import { Services } from '../executors/containers/services.ts';
import { TimeLimit } from '../time-limit.ts';
import type { RunInput } from './run-input.ts';

/** How a scope differs from the one around it. */
export interface CallEntry {
  /** The time limit of the scope; absent: it has no limit of its own. */
  readonly timeoutMs: number | undefined;
  /** What else ends it; by default what ends the scope around it. */
  readonly cancel?: AbortSignal;
  /** The step that makes the call: the called tool may take its lock. */
  readonly step?: Step;
  /** Masked in this scope alone. */
  readonly sensitive?: readonly Uint8Array[];
}

/** What differs by call: the run, each call of a tool within it, and each step that makes such a call. */
export class CallScope {
  readonly redactor: Redactor;
  /** Locks that a step further up holds: what it calls may take them too. */
  readonly heldLocks: ReadonlySet<string>;
  /** The limits of the run and of the calls around a step; they pause while a person is asked. */
  readonly limits: readonly TimeLimit[];
  /** The containers beside the steps of the call. */
  readonly services = new Services();
  readonly #limit: TimeLimit;

  /** Around all calls of a run. */
  static ofRun(redactor: Redactor, { timeoutMs, cancel }: Pick<RunInput, 'timeoutMs' | 'cancel'>): CallScope {
    return new CallScope({ redactor, heldLocks: new Set(), limits: [] }, new TimeLimit(timeoutMs, cancel));
  }

  private constructor(around: Pick<CallScope, 'redactor' | 'heldLocks' | 'limits'>, limit: TimeLimit) {
    this.redactor = around.redactor;
    this.heldLocks = around.heldLocks;
    this.limits = [...around.limits, limit];
    this.#limit = limit;
  }

  /** The caller calls `leave` when the work of the scope has ended. */
  enter({ timeoutMs, cancel = this.cancel, step, sensitive = [] }: CallEntry): CallScope {
    const redactor = sensitive.length > 0 ? this.redactor.with(sensitive) : this.redactor;
    const heldLocks = step === undefined ? this.heldLocks : this.locksOver(step);
    return new CallScope({ redactor, heldLocks, limits: this.limits }, new TimeLimit(timeoutMs, cancel));
  }

  /** The locks that the work of a step holds: its own, and those of the steps further up. */
  locksOver({ lock }: Step): ReadonlySet<string> {
    return lock === undefined ? this.heldLocks : new Set([...this.heldLocks, lock]);
  }

  leave(): void {
    this.#limit.clear();
  }

  /** Aborted when the work of the scope has to end: by a cancel, or because its time is up. */
  get cancel(): AbortSignal {
    return this.#limit.signal;
  }

  /** Whether its own time is up. */
  get expired(): boolean {
    return this.#limit.expired;
  }
}
