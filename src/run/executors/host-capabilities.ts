import type { ContainerRuntime } from './containers/container-runtime.ts';
import type { SandboxSettings } from './sandbox/base.ts';

/** The places beside the host where steps can run; each run looks for them once. */
export interface HostCapabilities {
  /** Null where bubblewrap is not installed, or no step wants it. */
  readonly sandbox: SandboxSettings | null;
  readonly containers: ContainerRuntime | null;
  /** As Node names the processor. */
  readonly arch: string;
}
