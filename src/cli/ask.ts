import { openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { LockstepError } from '../errors.ts';
import type { Interruption } from './interruption.ts';

export interface AskOptions {
  readonly hidden?: boolean;
  /** Takes the question back. */
  readonly signal?: AbortSignal;
}

/** Where a question is put: a terminal's two directions. */
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
 * Reads one line in raw mode, so that the terminal itself echoes nothing from the question on.
 * Understands Enter, Backspace, ^U (start again), ^C and ^D; every other control character is dropped.
 */
export async function readAnswer(
  { input, output }: Terminal,
  question: string,
  { hidden = false, signal }: AskOptions,
  interruption: Interruption,
): Promise<string> {
  const line = new Line((text) => hidden || output.write(text));
  const decoder = new TextDecoder();
  signal?.throwIfAborted();
  input.setRawMode(true);
  output.write(question);
  try {
    return await new Promise((resolve, reject) => {
      input.on('data', (bytes: Buffer) => {
        const end = line.type(decoder.decode(bytes, { stream: true }));
        if (end === 'entered') resolve(line.text);
        if (end === 'cancelled') reject(cancelled(interruption));
      });
      input.on('end', () => reject(cancelled(interruption)));
      signal?.addEventListener('abort', () => reject(new DOMException('the question was taken back', 'AbortError')));
      input.resume();
    });
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

/** What was typed before anything was asked is no answer to it. Leaves the terminal as it was: the question may be taken back. */
export async function dropTyped(input: Terminal['input']): Promise<void> {
  input.setRawMode(true);
  const drop = () => undefined;
  input.on('data', drop);
  input.resume();
  // Two turns of the event loop: what waits in the terminal is read in the first.
  for (let turn = 0; turn < 2; turn++) await new Promise((next) => setImmediate(next));
  input.off('data', drop);
  input.setRawMode(false);
  input.pause();
}

class Line {
  #characters: string[] = [];
  readonly #echo: (text: string) => void;

  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  get text(): string {
    return this.#characters.join('');
  }

  type(keys: string): 'entered' | 'cancelled' | 'open' {
    for (const key of keys) {
      if (key === '\r' || key === '\n') return 'entered';
      if (key === '\u0003' || (key === '\u0004' && this.#characters.length === 0)) return 'cancelled';
      if (key === '\u007f' || key === '\b') this.#erase(1);
      else if (key === '\u0015') this.#erase(this.#characters.length);
      else if (key >= ' ' || key === '\t') this.#append(key);
    }
    return 'open';
  }

  #append(key: string): void {
    this.#characters.push(key);
    this.#echo(key);
  }

  #erase(count: number): void {
    for (let left = Math.min(count, this.#characters.length); left > 0; left--) {
      this.#characters.pop();
      this.#echo('\b \b');
    }
  }
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
