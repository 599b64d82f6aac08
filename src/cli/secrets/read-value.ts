import { LockstepError, systemReason } from '../../errors.ts';
import { LARGEST_VALUE } from '../../vault/changes/writer.ts';
import type { Context } from '../context.ts';
import { say } from '../terminal/say.ts';
import { readAll } from '../terminal/streams.ts';
import { FROM_FILE } from '../terminal/typed-text.ts';

/** How to read a value; the flags of `VALUE_FLAGS`. */
export interface ValueFlags {
  readonly 'from-file': string | undefined;
  readonly 'keep-newline': boolean;
  readonly 'allow-empty': boolean;
}

/**
 * Reads a value from a prompt without echo, from standard input, or from a file; never from the command line. Without
 * `--keep-newline`, one line break after a one-line text is removed, with a note: a header or a password must not
 * contain it.
 * @throws LockstepError `value/invalid` where the value is empty, without `--allow-empty`
 */
export async function readValue(context: Context, name: string, flags: ValueFlags): Promise<Uint8Array> {
  const read = await readRaw(context, name, flags['from-file']);
  const value = flags['keep-newline'] ? read : withoutLastBreak(read);
  if (value.length < read.length)
    say(context.stderr, 'note: the line break at the end of the value was removed (--keep-newline keeps it)\n');
  if (value.length === 0 && !flags['allow-empty'])
    throw new LockstepError('value/invalid', 'the value is empty; nothing was changed', [
      'to store an empty value: --allow-empty',
    ]);
  return value;
}

/** Only for a text of one line. A value of several lines keeps its line break: ssh refuses a key without one. */
function withoutLastBreak(value: Uint8Array): Uint8Array {
  const text = Buffer.from(value).toString('latin1');
  const [line] = /^[^\n\0]*?(?=\r?\n$)/.exec(text) ?? [];
  return line === undefined ? value : value.subarray(0, line.length);
}

async function readRaw(context: Context, name: string, file: string | undefined): Promise<Uint8Array> {
  if (file !== undefined) return readFrom(context, file, '--from-file FILE');
  if (!context.terminal.stdin) return (await readAll(context.stdin, LARGEST_VALUE)) ?? tooLarge('standard input');
  const value = await context.ask(`Value of ${name} (not shown): `, { hidden: true, pasted: true });
  if (value === '')
    throw new LockstepError('value/invalid', 'no value was typed; nothing was changed', [
      'an empty value is stored by --from-file /dev/null --allow-empty',
    ]);
  // If the terminal sends a paste line by line, the rest is still to come.
  if (/^-----BEGIN [^\n]*$/.test(value))
    throw new LockstepError('value/invalid', 'the first line of a key is not a key; nothing was changed', [FROM_FILE]);
  return Buffer.from(value);
}

/** A whole file, or standard input for `-`. */
export async function readInput(context: Context, file: string): Promise<Uint8Array> {
  if (file !== '-') return readFrom(context, file, 'name a file that is there');
  return (await readAll(context.stdin, LARGEST_VALUE)) ?? tooLarge('standard input');
}

async function readFrom(context: Context, file: string, hint: string): Promise<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  const { resolve } = await import('node:path');
  const stream = createReadStream(resolve(context.cwd, file));
  const value = await readAll(stream, LARGEST_VALUE).catch((error: unknown) => {
    throw new LockstepError('file/unreadable', `${file} cannot be read (${systemReason(error)})`, [hint], error);
  });
  return value ?? tooLarge(file);
}

/** @throws LockstepError `value/invalid` */
export function tooLarge(source: string): never {
  throw new LockstepError('value/invalid', `${source} is larger than 1 MiB, and nothing was changed`, [
    'keep a large file elsewhere, and its key here',
  ]);
}
