import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { LockstepError } from '../errors.ts';
import { replaceFile } from '../util/atomic-file.ts';
import type { Context } from './context.ts';
import { junitXml, type Suite } from './render/junit.ts';

/** Writes a run as JUnit XML, whole or not at all, and says where. @throws LockstepError `file/unwritable` */
export async function writeJunit(context: Context, file: string, suite: Suite): Promise<void> {
  const path = resolve(context.cwd, file);
  // What is put in its place would be a file: not in that of a device or a link.
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new LockstepError('file/unwritable', `${file} is no ordinary file`, ['--junit FILE']);
  await replaceFile(path, Buffer.from(junitXml(suite)), 0o644);
  context.stderr.write(`wrote ${file}\n`);
}
