import type { ExecutionBackend } from '../run/execution-backend.ts';
import type { LocalBackendOptions } from './local-backend.ts';
import type { RunStore } from './run-store.ts';

/** A backend that the caller of a run closes when the run has ended. */
export interface RunBackend extends ExecutionBackend {
  close(): Promise<void>;
}

/** Where a run that this process carries is kept, if not in the journals of this machine. */
export interface RunHome extends Pick<RunStore, 'claim' | 'release' | 'begin' | 'reopen'> {
  /** Whether steps with `runsOn` are done by other workers: this machine need not have what they want. */
  readonly sendsSteps: boolean;
  backend(options: LocalBackendOptions): RunBackend;
}
