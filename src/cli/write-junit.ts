import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LockstepError, systemReason } from '../errors.ts';
import { replaceFile } from '../util/atomic-file.ts';
import type { Context } from './context.ts';
import { junitXml, type Suite } from './render/junit.ts';
import { say } from './say.ts';

/** Where it is written. Asked before a run begins whose report would have no place. @throws LockstepError `file/unwritable` */
export function junitPlace(context: Context, file: string): string {
  const path = resolve(context.cwd, file);
  // What is put in its place would be a file: not in that of a device or a link.
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new LockstepError('file/unwritable', `${file} is no ordinary file`, ['--junit FILE']);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    const what = `${file} could not be written: its folder is not there, or not ours to write (${systemReason(error)})`;
    throw new LockstepError('file/unwritable', what, ['--junit FILE']);
  }
  return path;
}

/** Writes a run as JUnit XML, whole or not at all, and says where. @throws LockstepError `file/unwritable` */
export async function writeJunit(context: Context, file: string, suite: Suite): Promise<void> {
  await replaceFile(junitPlace(context, file), Buffer.from(junitXml(suite)), 0o644);
  say(context.stderr, `wrote ${file}\n`);
}
