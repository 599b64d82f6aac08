import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockstepError, systemCode, systemReason } from '../../errors.ts';
import { makeFoldersSync, replaceFile } from '../../util/atomic-file.ts';
import { readBeneath } from '../../util/beneath.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import { type Edited, withEntry } from './edit-entry.ts';
import type { HostFile } from './host-list.ts';
import type { ServerEntry } from './server-entry.ts';

const LARGEST = 1024 * 1024;

export interface Installation extends Edited {
  /** Absolute. */
  readonly file: string;
}

/** Writes an entry into the file of a host, whole or not at all. @throws LockstepError `file/unreadable`, `file/unwritable` */
export async function installEntry(
  root: string,
  file: HostFile,
  { name, entry, dryRun }: { readonly name: string; readonly entry: ServerEntry; readonly dryRun: boolean },
): Promise<Installation> {
  const isOurs = file.place === 'repository';
  const before = isOurs ? textBeneath(root, file.path) : textAt(file.path);
  const edited = withEntry(before, name, entry, file);
  const shown = isOurs ? join(root, file.path) : file.path;
  if (dryRun || edited.change === 'unchanged') return { ...edited, file: shown };
  const bytes = Buffer.from(edited.text);
  if (isOurs) await replaceBeneath(root, file.path, bytes, 0o644);
  else {
    makeFoldersSync(dirname(file.path), 0o700);
    await replaceFile(target(file.path), bytes, modeOf(file.path));
  }
  return { ...edited, file: shown };
}

function textBeneath(root: string, path: string): string {
  const found = readBeneath(root, path, LARGEST);
  if (!('fault' in found)) return found.bytes.toString('utf8');
  if (found.fault === 'missing') return '';
  throw unreadable(path, found.fault);
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw unreadable(path, systemReason(error));
  }
}

/** Settings may be kept elsewhere, and linked. */
function target(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function modeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0o600 : stats.mode & 0o777;
}

function unreadable(path: string, reason: string): LockstepError {
  return new LockstepError('file/unreadable', `${path} cannot be read (${reason})`, [`ls -l '${path}'`]);
}
