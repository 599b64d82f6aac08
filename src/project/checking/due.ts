import { type Problem, problem } from '../../text/problem.ts';
import { type Entry, entryFile } from '../../vault/format/entry-document.ts';
import { atField } from './vault-problems.ts';

export interface Due {
  readonly state: 'due' | 'expired';
  /** `YYYY-MM-DD`: the day since which, or on which, the value is due. */
  readonly on: string;
  readonly because: 'expires' | 'rotateEvery';
}

/** How many days before it expires a value is reported. */
const NOTICE_DAYS = 14;

/**
 * Whether a value has to be replaced, by its own dates; null when not. `today` is `YYYY-MM-DD`. An expiry takes
 * precedence.
 */
export function dueOf(
  { rotated, rotateEvery, expires }: Pick<Entry, 'rotated' | 'rotateEvery' | 'expires'>,
  today: string,
): Due | null {
  if (expires !== undefined && expires <= today) return { state: 'expired', on: expires, because: 'expires' };
  const rotation = rotateEvery === undefined ? undefined : dayAfter(rotated, rotateEvery);
  if (rotation !== undefined && rotation <= today) return { state: 'due', on: rotation, because: 'rotateEvery' };
  if (expires !== undefined && expires <= dayAfter(today, `${NOTICE_DAYS}d`))
    return { state: 'due', on: expires, because: 'expires' };
  return null;
}

/** Adds days or weeks; a month or a year later is the same day of that month, or its last day. */
function dayAfter(day: string, duration: string): string {
  const count = Number(duration.slice(0, -1));
  const date = new Date(`${day}T00:00:00Z`);
  const unit = duration.at(-1);
  if (unit === 'd' || unit === 'w') date.setUTCDate(date.getUTCDate() + count * (unit === 'w' ? 7 : 1));
  else {
    const dayOfMonth = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? 12 : 1));
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(dayOfMonth, last));
  }
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? '9999-12-31' : date.toISOString().slice(0, 10);
}

/** The problem that `check` reports for a secret that is due. */
export function dueProblem(root: string, entry: Entry, today: string): Problem[] {
  const due = dueOf(entry, today);
  if (due === null) return [];
  const { group, name } = entry;
  const code = due.state === 'expired' ? 'secret/expired' : 'secret/due';
  return [
    problem(code, `${name} in ${group} ${dueText(due, today)}`, {
      at: atField(root, entryFile(group, name), due.because),
      severity: 'warning',
      hint: `replace it at its source, then: lockstep secret rotate ${name} --group ${group}`,
    }),
  ];
}

/** One clause: `expired on 2027-01-31`. */
function dueText({ state, on, because }: Due, today: string): string {
  if (state === 'expired') return `expired on ${on}`;
  if (because === 'expires') return `expires on ${on}`;
  return on === today ? 'is to be rotated today' : `was to be rotated by ${on}`;
}
