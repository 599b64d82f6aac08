import type { Cron } from 'croner';

let engine: typeof Cron | undefined;

/** Loads the parser of cron expressions. Only definitions with schedules need it. */
export async function loadCron(): Promise<void> {
  engine ??= (await import('croner')).Cron;
}

/** Why the cron expression or the time zone is not valid, or null; also null where the parser is not loaded. */
export function cronFault(cron: string, timezone: string): string | null {
  if (engine === undefined) return null;
  try {
    const read = new engine(cron, { paused: true, timezone, mode: '5-part' });
    return read.nextRun() === null ? 'has no time that is still to come' : null;
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    return /timezone/i.test(said) ? `names a time zone that is not known: ${timezone}` : 'is not in the form of cron';
  }
}

/** The first time after a moment, or null if there is none. Call `loadCron` first. */
export function timeAfter(cron: string, timezone: string, moment: Date): Date | null {
  if (engine === undefined) throw new Error('cron is not loaded');
  return new engine(cron, { paused: true, timezone, mode: '5-part' }).nextRun(moment);
}
