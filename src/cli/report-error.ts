import { InternalError, LockstepError, limitOf, systemReason } from '../errors.ts';
import { visible, visibleLine } from '../text/visible.ts';
import type { Context, OutputFailure } from './context.ts';
import { EXIT, exitCodeOf, isCancellation } from './exit-code.ts';
import { painter, say } from './terminal/say.ts';

/**
 * Reports what ended a command, and returns its exit code. With `--json` the report is one document on standard output:
 * `{"error": {"code", "message", "hints"}}`; the code of a bug is `bug`, of a cancelled command `cancelled`.
 */
export function reportError(error: unknown, context: Context, json: boolean): number {
  if (json) say(context.stdout, `${JSON.stringify({ error: describe(error) })}\n`);
  else if (!isCancellation(error)) say(context.stderr, inWords(error, context));
  return exitCodeOf(error);
}

/** Reports on the stream that still works, if any. The command's effects remain: the journal of a run records them. */
export function reportOutputFailure({ stream, reason }: OutputFailure, context: Context): number {
  const error = new LockstepError('file/unwritable', `${stream} cannot be written (${reason})`, [
    'make room on that disk, or send the output elsewhere',
    'lockstep runs show prints what a run did',
  ]);
  if (stream === 'standard output') say(context.stderr, inWords(error, context));
  return exitCodeOf(error);
}

interface Description {
  readonly code: string;
  readonly message: string;
  readonly hints: readonly string[];
}

function describe(error: unknown): Description {
  if (error instanceof LockstepError) return { code: error.code, message: error.message, hints: error.hints };
  if (isCancellation(error)) return { code: 'cancelled', message: 'cancelled', hints: [] };
  const limit = limitOf(error);
  if (limit !== undefined) return { code: 'system/limit', message: systemReason(error), hints: [limit.hint] };
  return { code: 'bug', message: `this is a bug in Lockstep: ${title(error)}`, hints: ['please report it'] };
}

function inWords(error: unknown, context: Context): string {
  const paint = painter(context.color.stderr);
  const { message, hints } = describe(error);
  const lines = [`${paint(['red', 'bold'], 'error:')} ${visible(message).replaceAll('\n', '\n  ')}`];
  if (exitCodeOf(error) === EXIT.bug) lines.push(...frames(error, context));
  lines.push(...hints.map((hint) => `  ${paint('dim', 'next:')} ${visibleLine(hint)}`));
  return `${lines.join('\n')}\n`;
}

/** Only our own texts: the message of a foreign error may quote its argument, which may be a secret. */
function title(error: unknown): string {
  if (error instanceof InternalError) return error.message;
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}

function frames(error: unknown, context: Context): string[] {
  if (!(error instanceof Error)) return [];
  if (context.env.LOCKSTEP_DEBUG) return [error.stack ?? error.message];
  const withheld = '    (its message may quote a secret: LOCKSTEP_DEBUG=1 shows it)';
  return [...stackBelow(error), ...(error instanceof InternalError ? [] : [withheld])];
}

/**
 * The stack without the message above it, which may have lines that look like frames; empty when the two cannot be
 * separated.
 */
function stackBelow({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  if (at === -1) return [];
  return stack
    .slice(at + message.length)
    .split('\n')
    .filter((line) => /^ {4}at /.test(line));
}
