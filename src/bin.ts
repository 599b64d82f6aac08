import { processContext } from './cli/context.ts';
import { main, wantsJson } from './cli/main.ts';
import { reportError, reportOutputFailure } from './cli/report-error.ts';

/**
 * Called by bin/lockstep.js. Only the exit CODE is set: the process ends once every stream is flushed, and then at once,
 * for taking its heap apart would cost some milliseconds. An uncaught exception is reported like any other bug, because
 * Node would print its message, and ends the process.
 */
export function start(): void {
  const [node = '', script = '', ...argv] = process.argv;
  const context = processContext([node, script]);
  process.once('uncaughtException', (error) => process.exit(reportError(error, context, wantsJson(argv))));
  process.once('beforeExit', () => {
    const failure = context.outputFailure;
    if (failure !== undefined) process.exitCode = reportOutputFailure(failure, context);
    process.exit();
  });
  void main(argv, context).then((code) => {
    process.exitCode = code;
  });
}
