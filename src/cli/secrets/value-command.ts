import { LockstepError } from '../../errors.ts';
import { type ChildEnd, requireStarted, runChild } from '../../process/child.ts';
import { GRACE_MS } from '../../run/time-limit.ts';
import { LARGEST_VALUE } from '../../vault/changes/writer.ts';
import type { Context } from '../context.ts';
import { tooLarge } from './read-value.ts';

/**
 * Runs a person's own command and returns its standard output, without one last line break. Its standard error is shown
 * live. Throws `program/failed` when the command fails or prints nothing.
 */
export async function valueOfCommand(context: Context, command: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const end = await runChild({
    file: 'sh',
    args: ['-c', command],
    cwd: context.cwd,
    env: withoutIdentity(context.env),
    graceMs: GRACE_MS,
    signal: context.signal,
    killSignal: context.urgent,
    onOutput(stream, chunk) {
      if (stream === 'stderr') return void context.stderr.write(Uint8Array.from(chunk));
      size += chunk.length;
      if (size <= LARGEST_VALUE + 1) chunks.push(Uint8Array.from(chunk));
    },
  });
  context.signal.throwIfAborted();
  requireStarted(end, 'sh');
  if (end.kind !== 'exit' || end.code !== 0) throw commandRefused(`the command ${howItEnded(end)}`);
  const printed = Buffer.concat(chunks);
  const value = printed.subarray(0, printed.length - lastBreak(printed));
  if (size > LARGEST_VALUE + 1 || value.length > LARGEST_VALUE) tooLarge('what the command printed');
  if (value.length === 0) throw commandRefused('the command printed nothing');
  return value;
}

/** The number of bytes of a line break at the end. */
function lastBreak(bytes: Uint8Array): number {
  const [cr, lf] = bytes.subarray(-2);
  if (bytes.length > 1 && cr === 0x0d && lf === 0x0a) return 2;
  return bytes.at(-1) === 0x0a ? 1 : 0;
}

/** A key in the environment is only for Lockstep, not for the programs that it starts. */
export function withoutIdentity(env: Context['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('LOCKSTEP_IDENTITY') ? [] : [[name, value]],
    ),
  );
}

function howItEnded(end: ChildEnd): string {
  switch (end.kind) {
    case 'exit':
      return `ended with exit code ${end.code}`;
    case 'signal':
      return `was ended by ${end.signal}`;
    case 'not-started':
      return 'could not be started';
    default:
      return 'was cancelled';
  }
}

function commandRefused(what: string): LockstepError {
  return new LockstepError('program/failed', `${what}; nothing was changed`, ['run the command by itself to see why']);
}
