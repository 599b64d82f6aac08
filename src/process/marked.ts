import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { MARK_VARIABLE } from '../names.ts';
import { LiveSet } from './live-set.ts';

/*
 * Finds the processes of a step that have left its group, as with `setsid`: they inherit a variable of the step. Linux only.
 */

/** A program that is just being started shows no variables for a moment, so one look that finds nothing is not enough. */
const CLEAN_LOOKS = 2;
const LOOK_MS = 15;
const GIVE_UP_LOOKS = 100;

/** `NAME=VALUE`. Nobody can guess it; it opens nothing. */
export type Mark = `${typeof MARK_VARIABLE}=${string}`;

/** The marks that are in use now. */
export const liveMarks = new LiveSet<Mark>((marks) => void (marks.length > 0 && killMarked(marks)));

/** A mark for one process and all that descends from it, in use until it is forgotten. */
export function newMark(): Mark {
  const mark: Mark = `${MARK_VARIABLE}=${randomBytes(16).toString('hex')}`;
  liveMarks.add(mark);
  return mark;
}

export function forgetMark(mark: Mark): void {
  liveMarks.delete(mark);
}

/** The same as variables of a process. */
export function variablesOf(mark: Mark): Readonly<Record<string, string>> {
  return { [MARK_VARIABLE]: mark.slice(MARK_VARIABLE.length + 1) };
}

/** Kills what still has the mark. Resolves when nothing is left, or after some seconds. */
export async function endMarked(mark: Mark): Promise<void> {
  for (let looks = 0, clean = 0; looks < GIVE_UP_LOOKS && clean < CLEAN_LOOKS; looks += 1) {
    clean = killMarked([mark]) ? 0 : clean + 1;
    if (clean < CLEAN_LOOKS) await pause(LOOK_MS);
  }
}

/** Whether there was one. A process that has ended, or of another user, shows no variables. */
function killMarked(marks: readonly Mark[]): boolean {
  if (process.platform !== 'linux') return false;
  let found = false;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !hasOne(name, marks)) continue;
    found = true;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {}
  }
  return found;
}

function hasOne(pid: string, marks: readonly Mark[]): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return marks.some((mark) => variables.includes(mark));
  } catch {
    return false;
  }
}
