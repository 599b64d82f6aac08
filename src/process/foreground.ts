import { spawn } from 'node:child_process';

export interface ForegroundRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The program's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Called once it runs. */
  onStart(send: (signal: NodeJS.Signals) => void): void;
}

/**
 * Runs a program that a person works with: it has this process's terminal, and stands in its process group, so that what
 * is typed reaches it. Its exit code; null when it did not start or was ended by a signal.
 */
export function runInForeground({ file, args, cwd, env, onStart }: ForegroundRequest): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env: { NODE_V8_COVERAGE: undefined, ...env }, stdio: 'inherit' });
    child.on('spawn', () => onStart((signal) => child.kill(signal)));
    child.on('error', () => resolve(null));
    child.on('exit', (code) => resolve(code));
  });
}
