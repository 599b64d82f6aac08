import type { Ambient } from './config.ts';
import type { EngineName } from './engine-settings.ts';

/** How a project is opened. */
export interface ProjectOptions {
  /** The directory in which the search for the root begins. */
  readonly cwd: string;
  /** The root itself: `-C DIR`. */
  readonly directory?: string;
  /** The environment for identities, groups and folders, and for the steps' PATH, HOME, LANG, TZ, TMPDIR. */
  readonly env: Ambient;
  readonly identityFile?: string;
  readonly askPassphrase?: (file: string) => Promise<string>;
  readonly warn?: (message: string) => void;
  /** `--engine`; default: what lockstep.yaml says. */
  readonly engine?: EngineName;
  /** The clock for dates and for the marks of values; default: the system's clock. */
  readonly clock?: () => Date;
}
