import { LockstepError, systemReason } from '../errors.ts';
import type { Context } from './context.ts';
import { readAll } from './read-all.ts';

/** What the vault takes. */
export const MAXIMUM_SIZE = 1024 * 1024;

/** Asked for without echo, from standard input, or from a file; never from the command line. */
export async function readValue(context: Context, name: string, file: string | undefined): Promise<Uint8Array> {
  if (file !== undefined) return readFrom(context, file, '--from-file FILE');
  if (!context.terminal.stdin) return (await readAll(context.stdin, MAXIMUM_SIZE)) ?? tooLarge('standard input');
  const value = await context.ask(`Value of ${name} (not shown): `, { hidden: true });
  if (value === '')
    throw new LockstepError('secret/refused', 'no value was typed; nothing was changed', [
      'an empty value is stored by --from-file /dev/null',
    ]);
  return Buffer.from(value);
}

/** A whole file, or standard input for `-`. */
export async function readInput(context: Context, file: string): Promise<Uint8Array> {
  if (file !== '-') return readFrom(context, file, 'name a file that is there');
  return (await readAll(context.stdin, MAXIMUM_SIZE)) ?? tooLarge('standard input');
}

async function readFrom(context: Context, file: string, hint: string): Promise<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  const { resolve } = await import('node:path');
  const stream = createReadStream(resolve(context.cwd, file));
  const value = await readAll(stream, MAXIMUM_SIZE).catch((error: unknown) => {
    throw new LockstepError('file/unreadable', `${file} cannot be read (${systemReason(error)})`, [hint]);
  });
  return value ?? tooLarge(file);
}

/** @throws LockstepError `secret/refused` */
export function tooLarge(source: string): never {
  throw new LockstepError('secret/refused', `${source} is larger than 1 MiB, and nothing was changed`, [
    'keep a large file elsewhere, and its key here',
  ]);
}
