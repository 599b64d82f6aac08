import { randomBytes } from 'node:crypto';

/** Sorts by time, and is unique on a machine: `20261122t170301042-1f9c2a`. */
export function newRunId(now: Date): string {
  const time = now.toISOString().slice(0, 23).replace(/[-:.]/g, '').toLowerCase();
  return `${time}-${randomBytes(3).toString('hex')}`;
}
