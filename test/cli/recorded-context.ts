import { PassThrough } from 'node:stream';
import type { Context } from '../../src/cli/context.ts';

/** A context without a terminal that keeps what is printed. */
export function recordedContext(env: Context['env'] = {}): Context & { printed(): { stdout: string; stderr: string } } {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const never = new AbortController().signal;
  return {
    env,
    program: [],
    cwd: '/',
    stdin: new PassThrough(),
    stdout,
    stderr,
    terminal: { stdin: false, stdout: false, stderr: false },
    color: { stdout: false, stderr: false },
    columns: 80,
    rows: 24,
    signal: never,
    urgent: never,
    cancelledBy: undefined,
    outputFailure: undefined,
    closeInherited: () => undefined,
    relaySignals: () => () => undefined,
    ask: () => Promise.reject(new Error('nobody to ask')),
    printed: () => ({ stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }),
  };
}
