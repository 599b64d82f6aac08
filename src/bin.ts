import { processContext } from './cli/context.ts';
import { main, wantsJson } from './cli/main.ts';
import { reportError } from './cli/report-error.ts';

/**
 * Called by bin/lockstep.js. Only the exit CODE is set: Node ends by itself once every stream is flushed. What is thrown
 * where nobody can catch it is reported like any other bug, since Node would print its message, and must end the process.
 */
export function start(): void {
  const argv = process.argv.slice(2);
  const context = processContext();
  process.once('uncaughtException', (error) => process.exit(reportError(error, context, wantsJson(argv))));
  void main(argv, context).then((code) => {
    process.exitCode = code;
  });
}
