import type { ChildRequest } from '../../process/child.ts';
import type { ResolvedShell } from '../workspace/shell.ts';

/** One process as it is started from here. */
export type Command = Pick<ChildRequest, 'file' | 'args' | 'cwd' | 'env' | 'stdin' | 'inputs' | 'gate'>;

/**
 * Where the process of one attempt runs: on the host as it is, in a sandbox on the host, or in a container. The rest of the
 * runner knows only this.
 */
export interface Executor {
  /** The interpreter of a `shell:` there, or the names that were looked for in vain. @param cwd of the host */
  resolve(shell: string, cwd: string): ResolvedShell | { readonly missing: readonly string[] };
  /** What a file of the step's scratch folder, or a folder of the repository, is called there. */
  inside(path: string): string;
  /** The command to start here so that this command runs there; its paths are those of the other place. */
  command(work: Command): Command;
  /** Called when the process has ended, however it ended: nothing of it stays there. */
  end(): Promise<void>;
  /** Called after `end`: why the step itself never began, although its process started. */
  notBegun?(): string | undefined;
}
