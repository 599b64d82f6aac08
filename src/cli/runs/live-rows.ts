import { columnsOf, fitColumns, rowsOf } from '../terminal/fit-columns.ts';
import type { Paint } from '../terminal/say.ts';
import { harmless } from '../terminal/sequences.ts';
import type { LiveStep, LiveSteps } from './live-steps.ts';

/** The terminal that rows are made for. */
export interface Canvas {
  /** The size of the terminal. */
  readonly columns: number;
  readonly rows: number;
  /** The time on the clock of the steps' events. */
  readonly now: number;
  readonly paint: Paint;
}

/** Rows that stay free, so that the footer never fills the terminal, and a prompt fits below it. */
const ROWS_LEFT = 2;

type Format = Parameters<Paint>[0];
type Piece = readonly [text: string, format?: Format];

const SIGN = {
  waiting: ['·', 'dim'],
  asking: ['?', 'yellow'],
  running: ['▸', 'cyan'],
  succeeded: ['✓', 'green'],
  failed: ['✗', 'red'],
  cancelled: ['!', 'yellow'],
  skipped: ['-', 'dim'],
} as const satisfies Readonly<Record<LiveStep['status'], readonly [sign: string, format: Format]>>;

/**
 * The present state of a run's steps, one row each, narrower than the terminal. If they do not fit: running steps, failed
 * steps, and a row that counts the rest.
 */
export function liveRows(steps: LiveSteps, canvas: Canvas): string[] {
  const room = Math.max(0, canvas.rows - ROWS_LEFT);
  const all = steps.top.flatMap((step) => withBelow(step, 0));
  if (all.length <= room) return all.map(({ step, depth }) => stepRow(step, step.name, depth, canvas));
  const active = all.filter(({ step }) => isActive(step) && (step.items !== undefined || !someBelow(step, isActive)));
  const failed = all.filter(({ step }) => isFailed(step) && !someBelow(step, isFailed));
  const told = [...active, ...failed].slice(0, Math.max(0, room - 1));
  const rows = told.map(({ step }) => stepRow(step, step.path, 0, canvas));
  return [...rows, row([[countText(all.map(({ step }) => step)), 'dim']], canvas)].slice(0, room);
}

/** The height of rows on a terminal that may have become narrower since, and so has wrapped them. */
export function heightOf(rows: readonly string[], columns: number): number {
  return rows.reduce((sum, row) => sum + rowsOf(row, columns), 0);
}

interface Placed {
  readonly step: LiveStep;
  readonly depth: number;
}

function withBelow(step: LiveStep, depth: number): Placed[] {
  return [{ step, depth }, ...[...step.below.values()].flatMap((below) => withBelow(below, depth + 1))];
}

function isActive({ status }: LiveStep): boolean {
  return status === 'running' || status === 'asking';
}

function isFailed({ status }: LiveStep): boolean {
  return status === 'failed';
}

function someBelow(step: LiveStep, is: (step: LiveStep) => boolean): boolean {
  return [...step.below.values()].some((below) => is(below) || someBelow(below, is));
}

/** `12 of 1,000 steps, 3 running, 1 failed`: steps that only contain running or failed ones do not count as such. */
function countText(all: readonly LiveStep[]): string {
  const steps = all.filter(({ path }) => !path.includes('['));
  const ended = steps.filter(({ durationMs }) => durationMs !== undefined).length;
  const alone = (is: (step: LiveStep) => boolean) => all.filter((step) => is(step) && !someBelow(step, is)).length;
  const numbers = [
    [alone(({ status }) => status === 'running'), 'running'],
    [alone(({ status }) => status === 'asking'), 'waiting for an answer'],
    [alone(isFailed), 'failed'],
  ] as const;
  const said = numbers.flatMap(([number, word]) => (number === 0 ? [] : [`, ${figure(number)} ${word}`]));
  return `${figure(ended)} of ${figure(steps.length)} steps${said.join('')}`;
}

function figure(number: number): string {
  return number.toLocaleString('en-US');
}

function stepRow(step: LiveStep, name: string, depth: number, canvas: Canvas): string {
  const { status, started, items, line } = step;
  const durationMs = isActive(step) && started !== undefined ? canvas.now - started : step.durationMs;
  // The last line of a waiting step may name what it waits for.
  const said = step.durationMs === undefined ? harmless(line.text) : '';
  const indent = ' '.repeat(Math.min(2 * depth, Math.floor(canvas.columns / 3)));
  const pieces: Piece[] = [
    [indent],
    SIGN[status],
    [` ${harmless(name)}`],
    ...(items === undefined ? [] : ([[`  ${itemsText(items)}`]] as const)),
    ...(durationMs === undefined || status === 'skipped' ? [] : ([[`  ${durationText(durationMs)}`, 'dim']] as const)),
    ...(said === '' ? [] : ([[`  ${said}`, 'dim']] as const)),
  ];
  return row(pieces, canvas);
}

function itemsText({ ended, total }: NonNullable<LiveStep['items']>): string {
  return total === null ? `${figure(ended)} done` : `${figure(ended)} of ${figure(total)}`;
}

/** `4.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min` */
function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 10) return `${(Math.max(0, Math.floor(durationMs / 100)) / 10).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** One column stays free: terminals differ in what they do with a cursor after the last column. */
function row(pieces: readonly Piece[], { columns, paint }: Canvas): string {
  let left = Math.max(0, columns - 1);
  return pieces
    .map(([text, format]) => {
      const fitting = fitColumns(text, left);
      // After a piece that was cut, nothing follows it.
      left = fitting === text ? left - columnsOf(fitting) : 0;
      return format === undefined || fitting === '' ? fitting : paint(format, fitting);
    })
    .join('');
}
