import { accessSync, constants, lstatSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LockstepError, systemReason } from '../../errors.ts';
import { leadsThroughLink } from '../../util/beneath.ts';
import { relativeInside } from '../../util/paths.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import type { Context } from '../context.ts';
import { junitXml, type Suite } from '../render/junit.ts';
import { say } from '../terminal/say.ts';

/** A folder, and the path of the file in it. */
interface Place {
  readonly root: string;
  readonly path: string;
}

/** Where to write the report; checked before the run, not after it. @throws LockstepError `file/unwritable` */
export function junitPlace(context: Context, file: string): Place {
  const path = resolve(context.cwd, file);
  const inside = relativeInside(context.cwd, path);
  const refuse = (why: string, cause?: unknown) =>
    new LockstepError('file/unwritable', `${file} ${why}`, ['--junit FILE'], cause);
  // A link within the working folder may come from the checkout; a link outside of it is the user's own.
  if (inside !== undefined && leadsThroughLink(context.cwd, inside))
    throw refuse('is a symbolic link, or lies below one');
  try {
    // The report replaces the path with a file, so a device or a link is refused.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) throw refuse('is not an ordinary file');
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw refuse(`could not be written: its folder does not exist or is not writable (${systemReason(error)})`, error);
  }
  return inside === undefined ? { root: dirname(path), path: basename(path) } : { root: context.cwd, path: inside };
}

/** Writes a run as JUnit XML, whole or not at all, and says where. @throws LockstepError `file/unwritable` */
export async function writeJunit(context: Context, file: string, suite: Suite): Promise<void> {
  const { root, path } = junitPlace(context, file);
  await replaceBeneath(root, path, Buffer.from(junitXml(suite)), 0o644);
  say(context.stderr, `wrote ${file}\n`);
}
