import type { ChildRequest } from '../../process/child.ts';
import type { StepScratch } from '../scratch.ts';
import type { ResolvedShell } from '../shell.ts';

/** One process as it is started from here. */
export type Command = Pick<ChildRequest, 'file' | 'args' | 'cwd' | 'env' | 'stdin'>;

/** What a step's process is, said in the terms of the place where it runs. */
export interface Work {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
}

/**
 * Where a step's process runs: on the host as it is, in a sandbox on the host, or in a container. The rest of the runner
 * knows only this.
 */
export interface Executor {
  /** The interpreter of a `shell:` there, or the names that were looked for in vain. */
  resolve(shell: string, cwd: string): ResolvedShell | { readonly missing: readonly string[] };
  /** How a file of the step's scratch folder, or a folder of the repository, is called there. */
  inside(path: string): string;
  /** What has to be started here so that the work is done there. */
  command(work: Work, scratch: StepScratch): Command;
  /** Called when the process has ended, however it ended: nothing of it stays there. */
  end(): Promise<void>;
}
