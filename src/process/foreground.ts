import { type Program, startProcess } from './start.ts';

export interface ForegroundRequest extends Program {
  /** Called once the program runs. */
  onStart(send: (signal: NodeJS.Signals) => void): void;
}

/**
 * Runs an interactive program: it has this process's terminal and process group, so that it receives the person's
 * input. Returns its exit code; null when it did not start or a signal ended it.
 */
export async function runInForeground(request: ForegroundRequest): Promise<number | null> {
  const child = await startProcess(request, { stdin: 'inherit', output: 'inherit', ownGroup: false });
  if (typeof child === 'string') return null;
  request.onStart((signal) => child.kill(signal));
  const exit = await child.exited;
  return exit.kind === 'exit' ? exit.code : null;
}
