import { readdirSync } from 'node:fs';
import { statFields } from '../util/process-stamp.ts';
import { LiveSet } from './live-set.ts';

/** A process group is named by the pid of its first process, and keeps that name for as long as it has a member. */
export type GroupId = number;

/** The groups that live now. */
export const liveGroups = new LiveSet<GroupId>(() => killAllChildren('SIGKILL'));

/** From now on the group dies with this process, as far as a dying process can ensure that. */
export function trackGroup(group: GroupId): void {
  liveGroups.add(group);
}

/** Call when the group is empty: the system may reuse its number, so it is never signalled again. */
export function forgetGroup(group: GroupId): void {
  liveGroups.delete(group);
}

/** Signals every running group. The second Ctrl-C sends SIGKILL through here. */
export function killAllChildren(signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const group of liveGroups.all) signalGroup(group, signal);
}

/** False when no process is left that we may signal. */
export function signalGroup(group: GroupId, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a member still runs. Signal 0 also reaches zombies, which may never be collected: /proc distinguishes them.
 */
export function groupHasLife(group: GroupId): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== 'linux') return true;
  return runsIn(group, group) || readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && runsIn(entry, group));
}

function runsIn(pid: string | number, group: GroupId): boolean {
  const fields = statFields(pid);
  const [state, member, threads] = [fields[0], Number(fields[2]), Number(fields[17])];
  // A process whose first thread has ended looks like a zombie too, but has other threads.
  const dead = (state === 'Z' || state === 'X') && threads <= 1;
  return member === group && !dead;
}
