import { resolveShell } from '../workspace/shell.ts';
import type { Executor } from './executor.ts';

/** On this machine, with the rights of who runs Lockstep. @param searchPath the step's PATH */
export function hostExecutor(searchPath: string): Executor {
  return {
    resolve: (shell, cwd) => resolveShell(shell, searchPath, cwd),
    inside: (path) => path,
    command: (work) => work,
    end: async () => undefined,
  };
}
