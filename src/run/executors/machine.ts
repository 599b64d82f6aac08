import type { ContainerEngine } from './container-engine.ts';

/** What there is to run steps in beside the host itself; looked for once a run. */
export interface Machine {
  /** The path of bwrap. */
  readonly bubblewrap: string | null;
  readonly engine: ContainerEngine | null;
  /** Whose files a sandbox does not show. */
  readonly home: string | undefined;
  /** Further files and folders that it does not show: state, identities. */
  readonly hidden: readonly string[];
}
