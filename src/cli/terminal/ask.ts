import { openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { LockstepError } from '../../errors.ts';
import type { Interruption } from './interruption.ts';
import { FROM_FILE, MARK_NO_PASTES, MARK_PASTES, TypedText } from './typed-text.ts';

export interface AskOptions {
  readonly hidden?: boolean;
  /** Whether the user may paste text of several lines, for example a key. */
  readonly pasted?: boolean;
  /** Withdraws the question. */
  readonly signal?: AbortSignal;
}

/** The two directions of the terminal that shows a question. */
export interface Terminal {
  readonly input: Pick<ReadStream, 'on' | 'off' | 'resume' | 'pause' | 'setRawMode'>;
  readonly output: Pick<WriteStream, 'write'>;
  close(): void;
}

/** Asks on the controlling terminal, also when standard input is a pipe. */
export async function askAtTerminal(
  question: string,
  options: AskOptions,
  interruption: Interruption,
): Promise<string> {
  const terminal = openTerminal(question);
  try {
    await dropTyped(terminal.input);
    return await readAnswer(terminal, question, options, interruption);
  } finally {
    terminal.close();
  }
}

/**
 * Reads one line in raw mode, so that the terminal itself echoes nothing from the question on; with `pasted`, as many lines as
 * are pasted before Enter.
 * @throws LockstepError `value/invalid` where several lines arrive that the terminal does not mark as pasted: it is
 *   unknown which of them are the answer
 */
export async function readAnswer(
  { input, output }: Terminal,
  question: string,
  { hidden = false, pasted = false, signal }: AskOptions,
  interruption: Interruption,
): Promise<string> {
  const line = new TypedText((text) => hidden || output.write(text), pasted);
  const decoder = new TextDecoder();
  signal?.throwIfAborted();
  input.setRawMode(true);
  output.write((pasted ? MARK_PASTES : '') + question);
  try {
    return await new Promise((resolve, reject) => {
      input.on('data', (bytes: Buffer) => {
        const end = line.type(decoder.decode(bytes, { stream: true }));
        if (end === 'entered') resolve(line.text);
        if (end === 'unmarked') reject(severalLines());
        if (end === 'cancelled') reject(cancelled(interruption));
      });
      input.on('end', () => reject(cancelled(interruption)));
      signal?.addEventListener('abort', () => reject(new DOMException('the question was withdrawn', 'AbortError')));
      input.resume();
    });
  } finally {
    input.setRawMode(false);
    input.pause();
    const shown = hidden && line.breaks > 0 ? `[${line.breaks} lines]` : '';
    output.write(`${pasted ? MARK_NO_PASTES : ''}${shown}\n`);
  }
}

function severalLines(): LockstepError {
  return new LockstepError('value/invalid', 'several lines were typed or pasted at once; nothing was changed', [
    FROM_FILE,
  ]);
}

/** Drops text typed before the question. Restores the terminal, because the question may be withdrawn. */
export async function dropTyped(input: Terminal['input']): Promise<void> {
  input.setRawMode(true);
  const drop = () => undefined;
  input.on('data', drop);
  input.resume();
  // Two turns of the event loop: the first reads what waits in the terminal.
  for (let turn = 0; turn < 2; turn++) await new Promise((next) => setImmediate(next));
  input.off('data', drop);
  input.setRawMode(false);
  input.pause();
}

function cancelled(interruption: Interruption): Error {
  interruption.cancel();
  return new DOMException('the question was not answered', 'AbortError');
}

function openTerminal(question: string): Terminal {
  if (isatty(0) && isatty(2))
    return { input: process.stdin as ReadStream, output: process.stderr, close: () => process.stdin.unref() };
  try {
    const input = new ReadStream(openSync('/dev/tty', 'r'));
    const output = new WriteStream(openSync('/dev/tty', 'w'));
    const close = () => {
      input.destroy();
      output.destroy();
    };
    return { input, output, close };
  } catch {
    throw new LockstepError('terminal/needed', `there is no terminal to ask at: ${question.trim()}`, [
      'give the answer on standard input or by a flag (see --help of the command)',
    ]);
  }
}
