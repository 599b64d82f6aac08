import { type Program, startProcess } from './start.ts';

export interface ForegroundRequest extends Program {
  /** Called once it runs. */
  onStart(send: (signal: NodeJS.Signals) => void): void;
}

/**
 * Runs a program that a person works with: it has this process's terminal, and is in its process group, so that what is
 * typed reaches it. Returns its exit code; null when it did not start or a signal ended it.
 */
export async function runInForeground(request: ForegroundRequest): Promise<number | null> {
  const child = await startProcess(request, { stdin: 'inherit', output: 'inherit', ownGroup: false });
  if (typeof child === 'string') return null;
  request.onStart((signal) => child.kill(signal));
  const exit = await child.exited;
  return exit.kind === 'exit' ? exit.code : null;
}
