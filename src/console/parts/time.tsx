import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';

/** Words about times change by themselves. */
const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 5_000);

/** The time by which words are made. */
export function presentTime(): Date {
  return new Date(now.value);
}

/** Milliseconds since `what` was read, counted on each second while it lasts. */
export function useSince(what: object | undefined, lasts: boolean): number {
  const from = useMemo(() => Date.now(), [what]);
  const [present, setPresent] = useState(from);
  useEffect(() => {
    if (!lasts) return;
    const timer = setInterval(() => setPresent(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [lasts]);
  return lasts ? Math.max(0, present - from) : 0;
}

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, milliseconds: number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
const relative = new Intl.RelativeTimeFormat('en');
const relativeDay = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = /^\d{4}-\d\d-\d\d$/;

/** `3 days ago`, with the exact time on hover. A day without a time is counted in whole days. */
export function Ago({ at }: { readonly at: string }) {
  const title = DAY.test(at) ? dayText(at) : exactText(at);
  return (
    <time dateTime={at} title={title}>
      {agoText(at, now.value)}
    </time>
  );
}

export function agoText(at: string, from: number): string {
  if (DAY.test(at)) return daysText(Math.round((Date.parse(at) - Date.parse(localDay(from))) / 86_400_000));
  const gap = Math.min(0, new Date(at).getTime() - from);
  const [unit, size] = STEPS.find(([, milliseconds]) => -gap >= milliseconds) ?? ['second', 1_000];
  return unit === 'second' && -gap < 5_000 ? 'just now' : relative.format(Math.trunc(gap / size), unit);
}

/** In days up to two months: `34 days ago` can be compared. */
function daysText(days: number): string {
  const distance = Math.abs(days);
  if (distance < 60) return relativeDay.format(days, 'day');
  return distance < 365
    ? relative.format(Math.trunc(days / 30), 'month')
    : relative.format(Math.trunc(days / 365), 'year');
}

function localDay(time: number): string {
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** `22 Nov`, and of another year than this one `22 Nov 2025`. */
export function dayText(at: string): string {
  const [year = '', month, day] = at.slice(0, 10).split('-').map(Number);
  const short = `${day} ${MONTHS[Number(month) - 1]}`;
  return year === new Date(now.value).getUTCFullYear() ? short : `${short} ${year}`;
}

/** `22 Nov 2026, 14:05:09`, by the clock of this machine. */
export function exactText(at: string): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${clock.format(date)}`;
}

/** `4.2 s`, `1 min 52 s`, `2 h 05 min` */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (count: number) => String(count).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${two(Math.floor(seconds % 60))} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
