import type { ContainerEngine } from './containers/container-engine.ts';
import type { SandboxSettings } from './sandbox/base.ts';

/** What there is to run steps in beside the host itself; looked for once a run. */
export interface Machine {
  /** Null where bubblewrap is not installed, or no step wants it. */
  readonly sandbox: SandboxSettings | null;
  readonly engine: ContainerEngine | null;
  /** As Node names the processor. */
  readonly arch: string;
}
