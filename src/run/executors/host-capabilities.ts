import type { ContainerRuntime } from './containers/container-runtime.ts';
import type { SandboxSettings } from './sandbox/base.ts';

/** What there is to run steps in beside the host itself; looked for once a run. */
export interface HostCapabilities {
  /** Null where bubblewrap is not installed, or no step wants it. */
  readonly sandbox: SandboxSettings | null;
  readonly containers: ContainerRuntime | null;
  /** As Node names the processor. */
  readonly arch: string;
}
