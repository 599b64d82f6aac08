import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive, type ProcessStamp, readStamp, stampOf } from './process-stamp.ts';

/*
 * Beside a lock stands who works under it: `LOCK.work-PID`, the stamp of a process that its holder has started. A holder that
 * is killed leaves the lock to the next, and that finds here what still goes on. Where nothing can be written the lock is as
 * good as without.
 */

/** Called by the lock's holder. Returns what is called when the work has ended. */
export function markWork(lock: string, pid: number): () => void {
  const path = `${lock}.work-${pid}`;
  const stamp = stampOf(pid);
  try {
    if (stamp !== undefined) writeFileSync(path, JSON.stringify(stamp), { mode: 0o600 });
  } catch {}
  return () => removeMark(path);
}

/** What a killed holder has left at work. Called by whoever holds the lock now, who has started nothing yet. */
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
