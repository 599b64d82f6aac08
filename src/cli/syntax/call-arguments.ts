import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { LockstepError, systemReason } from '../../errors.ts';
import type { GivenArguments } from '../../plan/arguments.ts';
import type { PlanOptions } from '../../project/runs/call-options.ts';
import { NOT_JSON, parseExactJson } from '../../text/exact-json.ts';
import type { JsonValue } from '../../text/node.ts';
import { decodeUtf8 } from '../../text/utf8.ts';
import type { Context } from '../context.ts';
import { readAll } from '../terminal/streams.ts';

interface ArgumentFlags {
  readonly arg: readonly string[];
  readonly 'args-file': string | undefined;
}

interface CallFlags extends ArgumentFlags {
  readonly agent: string | undefined;
  readonly group: string | undefined;
  readonly on: string | undefined;
}

/** The options that CALL_FLAGS (shared-flags.ts) give. */
export async function callOptions(context: Context, flags: CallFlags): Promise<PlanOptions> {
  const { agent, group } = flags;
  const given = await givenArguments(context, flags);
  const where = flags.on === 'host' && { on: 'host' as const };
  return { ...given, ...(agent !== undefined && { agent }), ...(group !== undefined && { group }), ...where };
}

/** `--arg` and `--args-file`; an argument given both ways counts as given by `--arg`. No message quotes a value. */
async function givenArguments(context: Context, flags: ArgumentFlags): Promise<GivenArguments> {
  const texts = new Map<string, string>();
  for (const pair of flags.arg) {
    const at = pair.indexOf('=');
    if (at < 1)
      throw new LockstepError('usage/invalid', '--arg takes NAME=VALUE', ['--arg name=value', '--args-file FILE']);
    const name = pair.slice(0, at);
    if (texts.has(name))
      throw new LockstepError('usage/invalid', `--arg ${name} was given twice`, ['give each argument once']);
    texts.set(name, pair.slice(at + 1));
  }
  const file = flags['args-file'];
  return file === undefined ? { texts } : { texts, values: parseObject(await readFileOrInput(context, file), file) };
}

/** Reads a stream, because a file may be an endless device. */
async function readFileOrInput(context: Context, file: string): Promise<Uint8Array> {
  try {
    const stream = file === '-' ? context.stdin : createReadStream(resolve(context.cwd, file));
    const bytes = await readAll(stream, MAXIMUM_SIZE);
    if (bytes !== null) return bytes;
  } catch (error) {
    throw new LockstepError(
      'file/unreadable',
      `${file} cannot be read (${systemReason(error)})`,
      ['--args-file FILE', '--args-file - reads standard input'],
      error,
    );
  }
  throw new LockstepError('usage/invalid', `${nameOf(file)} is larger than 16 MiB`, [
    'give the path of a large file as an argument, and let the tool read it',
  ]);
}

const MAXIMUM_SIZE = 16 * 1024 * 1024;

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function parseObject(bytes: Uint8Array, file: string): Readonly<Record<string, JsonValue>> {
  // Bytes that are not UTF-8 are not JSON either.
  const read = parseExactJson(decodeUtf8(bytes) ?? '');
  if ('value' in read && read.value !== null && typeof read.value === 'object' && !Array.isArray(read.value))
    return read.value;
  const reason = 'value' in read || read.fault === NOT_JSON ? '' : ` (${read.fault})`;
  throw new LockstepError('usage/invalid', `${nameOf(file)} does not hold one JSON object${reason}`, [
    '{"name": "value", ...}',
  ]);
}
