import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive, type ProcessStamp, readStamp, stampOf } from './process-stamp.ts';

/*
 * Each process that works under a lock has a file next to it: `LOCK.work-PID`, with the stamp of the process. If the
 * holder is killed, the next holder finds here which processes still run. If the file cannot be written, the lock still
 * works.
 */

/** Called by the lock's holder. Returns a function to call when the work has ended. */
export function markWork(lock: string, pid: number): () => void {
  const path = `${lock}.work-${pid}`;
  const stamp = stampOf(pid);
  try {
    if (stamp !== undefined) writeFileSync(path, JSON.stringify(stamp), { mode: 0o600 });
  } catch {}
  return () => removeMark(path);
}

/** The processes that a killed holder has left running. Called by the present holder before it starts anything. */
export function leftAtWork(lock: string): readonly ProcessStamp[] {
  const prefix = `${basename(lock)}.work-`;
  const paths = list(dirname(lock)).filter((name) => name.startsWith(prefix));
  return paths.flatMap((name) => {
    const path = join(dirname(lock), name);
    const stamp = readStamp(path);
    if (stamp !== undefined && isAlive(stamp)) return [stamp];
    removeMark(path);
    return [];
  });
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeMark(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
