import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { liveRows } from '../../../src/cli/runs/live-rows.ts';
import { LiveSteps } from '../../../src/cli/runs/live-steps.ts';
import { painter } from '../../../src/cli/terminal/say.ts';
import type { Event, StepReport } from '../../../src/run/event.ts';
import { Workshop } from '../../rig/workshop.ts';

const started = (step: string): Event => ({ type: 'step-started', step, attempt: 1 });
const said = (step: string, text: string): Event => ({ type: 'output', step, stream: 'stdout', text });
const report = (id: string, status: StepReport['status'], more: Partial<StepReport> = {}): StepReport => ({
  ...{ id, status, exitCode: null, attempts: 1, durationMs: 1234 },
  ...more,
});
const ended = (...about: Parameters<typeof report>): Event => ({ type: 'step-finished', step: report(...about) });
const itemEnded = (step: string, index: number, status: StepReport['status']): Event => ({
  type: 'item-finished',
  step,
  item: report(`${step}[${index}]`, status),
});

/** Each event a second after the last; shown one second after all. */
function stepsOf(...events: readonly Event[]) {
  return take(new LiveSteps(), ...events);
}

function take(steps: LiveSteps, ...events: readonly Event[]) {
  for (const [second, event] of events.entries()) steps.take(event, second * 1000);
  const now = events.length * 1000;
  return { rows: (columns = 80, rows = 24) => liveRows(steps, { columns, rows, now, paint: painter(false) }) };
}

async function planned(files: Readonly<Record<string, string>>, values = {}) {
  using workshop = new Workshop(files);
  const steps = new LiveSteps();
  steps.plan((await (await workshop.project()).plan('main', { values })).root);
  return steps;
}

describe('the rows of a run', () => {
  it('are its steps, with a sign, their duration and their last line', () => {
    const { rows } = stepsOf(
      ...[started('a'), ended('a', 'succeeded'), started('b'), said('b', 'one\ntwo\nthr'), said('b', 'ee')],
      ...[started('c'), ended('c', 'failed'), ended('d', 'skipped', { attempts: 0 }), ended('e', 'cancelled')],
    );
    expect(rows()).toEqual(['✓ a  1.2 s', '▸ b  7.0 s  three', '✗ c  1.2 s', '- d', '! e  1.2 s']);
  });

  it('show the plan from the start, expand calls, and leave out the steps of a skipped call', async () => {
    const steps = await planned({
      'tools/main.yaml': 'steps: [{id: a, run: x}, {id: b, uses: other}, {id: c, uses: other}]',
      'tools/other.yaml': 'steps: [{id: x, run: x}, {id: y, run: x}]',
    });
    expect(take(steps).rows()).toEqual(['· a', '· b', '  · x', '  · y', '· c', '  · x', '  · y']);
    const { rows } = take(
      ...[steps, ended('a', 'succeeded'), started('b'), started('b/x'), said('b/x', 'hello\n')],
      ended('c', 'skipped', { attempts: 0 }),
    );
    expect(rows()).toEqual(['✓ a  1.2 s', '▸ b  4.0 s', '  ▸ x  3.0 s  hello', '  · y', '- c']);
  });

  it('count the items of a forEach and show those that run or failed', async () => {
    const files = { 'tools/main.yaml': 'steps: [{id: a, run: x, forEach: "${{ args.l }}"}]\nargs: {l: {type: array}}' };
    const events = [started('a'), ...[0, 1, 2].map((at) => started(`a[${at}]`)), itemEnded('a', 1, 'succeeded')];
    const shown = ['  ▸ [0]  4.0 s', '  ▸ [2]  2.0 s'];
    expect(take(await planned(files, { l: [1, 2, 3] }), ...events).rows()).toEqual(['▸ a  1 of 3  5.0 s', ...shown]);
    expect(stepsOf(...events).rows()).toEqual(['▸ a  1 done  5.0 s', ...shown]);
    const items = { total: 3, succeeded: 2, failed: 1, cancelled: 0 };
    const end = [itemEnded('a', 0, 'succeeded'), itemEnded('a', 2, 'failed'), ended('a', 'failed', { items })];
    expect(stepsOf(...events, ...end).rows()).toEqual(['✗ a  3 of 3  1.2 s', '  ✗ [2]  1.2 s']);
  });

  it('begin again below a call that is tried again', () => {
    const reason = { why: 'call', tool: 'x' } as const;
    const again: Event = { type: 'step-retrying', step: 'a', attempt: 2, delayMs: 1, reason };
    const first = [started('a'), started('a/x'), ended('a/x', 'failed'), started('a/each[1]')];
    expect(stepsOf(...first, again).rows()).toEqual(['· a', '  · x', '  · each  0 done']);
    expect(stepsOf(...first, again, started('a')).rows()[0]).toBe('▸ a  6.0 s');
  });

  it('show what a waiting step waits for, and pass over what is not a step', () => {
    const wait: Event = { type: 'notice', step: 'a', message: 'waits for the lock "x"' };
    expect(stepsOf(said('a', ''), wait, { ...wait, step: 'the-tool' }).rows()).toEqual(['· a  waits for the lock "x"']);
  });

  it('show what an earlier process of the run has finished', () => {
    const steps = new LiveSteps();
    steps.recorded(report('a', 'succeeded'));
    steps.recorded(report('b[0]', 'succeeded'));
    expect(take(steps, started('b'), started('b[1]')).rows()).toEqual([
      '✓ a  1.2 s',
      '▸ b  1 done  2.0 s',
      '  ▸ [1]  1.0 s',
    ]);
  });

  it.each([
    [0, '0.0 s'],
    [9999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [-5, '0.0 s'],
  ])('show a duration: %i ms as %s', (durationMs, text) => {
    expect(stepsOf(ended('a', 'succeeded', { durationMs })).rows()).toEqual([`✓ a  ${text}`]);
  });
});

describe('a run larger than the terminal', () => {
  const many = Array.from({ length: 1000 }, (_, at) => `s${at}`);
  const events = [
    ...many.map((name) => said(name, '')),
    ...many.slice(0, 9).map((name) => ended(name, 'succeeded')),
    ...[started('call'), started('call/x'), ended('call/x', 'failed'), started('call/y'), started('call/y[7]')],
    started('s10'),
  ];

  it('shows what runs, what failed, and a count', () => {
    expect(stepsOf(...events).rows(80, 24)).toEqual([
      '▸ s10  1.0 s',
      '▸ call/y  0 done  3.0 s',
      '▸ call/y[7]  2.0 s',
      '✗ call/x  1.2 s',
      '10 of 1,003 steps, 2 running, 1 failed',
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 24, 2000])('never takes more rows than there are, less two: %i', (height) => {
    const rows = stepsOf(...events).rows(80, height);
    expect(rows.length).toBeLessThanOrEqual(Math.max(0, height - 2));
    if (height === 3) expect(rows).toEqual(['10 of 1,003 steps, 2 running, 1 failed']);
    if (height === 4) expect(rows[0]).toBe('▸ s10  1.0 s');
    if (height === 2000) expect(rows).toHaveLength(1004);
  });
});

describe('the output of a program', () => {
  const lastOf = (...pieces: readonly string[]) =>
    stepsOf(started('a'), ...pieces.map((piece) => said('a', piece)))
      .rows(200)[0]
      ?.replace(/^▸ a {2}\d+\.\d s ?/, '')
      .trimStart();

  it.each([
    ['moves the cursor', ['\u001b[10A\u001b[2Kover\u001b[1;1H there\n'], 'over there'],
    ['sets colours and titles', ['\u001b[31mred\u001b[0m \u001b]0;title\u0007text'], 'red text'],
    ['has a sequence without an end', ['text \u001b]0;title'], 'text'],
    ['has a sequence in two pieces', ['\u001b[3', '1mred'], 'red'],
    ['has C1 and other control characters', ['a\u0000b\u009b5Ac\u0007d\u0008e\u007ff'], 'a b c d e f'],
    ['turns the writing direction', ['a\u202eb\u2066c'], 'a b c'],
    ['is half a character', ['a\ud83d'], 'a\ufffd'],
    ['is a progress bar', ['10%\r20%\r', '30%\r'], '30%'],
    ['has line ends of Windows', ['one\r\ntwo\r\n'], 'two'],
    ['ends in blank lines', ['one\n\n  \n', '\n'], 'one'],
    ['is nothing but line ends', ['\n', '\r\n'], ''],
    ['comes piece by piece', ['on', 'e\nt', 'w', 'o'], 'two'],
  ])('%s', (_, pieces, shown) => {
    expect(lastOf(...pieces)).toBe(shown);
  });

  it.each([1, 2, 5, 20, 80])('is cut to %i columns, between characters', (columns) => {
    const texts = [
      'x'.repeat(1e6),
      '漢字'.repeat(5000),
      '👩‍👩‍👧🇩🇪👍🏽'.repeat(1000),
      'é́́'.repeat(9999),
      `e${'\u0301'.repeat(1e5)}`,
    ];
    for (const text of texts) {
      const [row = ''] = stepsOf(started('a'), said('a', text)).rows(columns);
      expect(stringWidth(row)).toBeLessThan(columns);
      expect(row.isWellFormed()).toBe(true);
      expect(row.length).toBeLessThan(5000);
    }
  });

  it('fills the row but for one column', () => {
    const widths = ['x', '漢'].map((text) =>
      stringWidth(stepsOf(started('a'), said('a', text.repeat(99))).rows(40)[0] ?? ''),
    );
    expect(widths).toEqual([39, 38]);
  });

  it('does not hide the names of deep steps at 20 columns', () => {
    const deep = Array.from({ length: 30 }, (_, at) => `s${at}`).join('/');
    const rows = stepsOf(started(deep), said(deep, 'hello\n')).rows(20, 99);
    expect(rows.at(-1)).toBe('      ▸ s29  2.0 s ');
    expect(rows.every((row) => stringWidth(row) < 20)).toBe(true);
  });

  it('is painted without colour when colour is off, and dimmed when it is on', () => {
    const steps = new LiveSteps();
    take(steps, started('a'), said('a', 'x'));
    const rows = (color: boolean) => liveRows(steps, { columns: 80, rows: 24, now: 0, paint: painter(color) })[0];
    expect(rows(false)).toBe('▸ a  0.0 s  x');
    expect(rows(true)).toBe('\u001b[36m▸\u001b[39m a\u001b[2m  0.0 s\u001b[22m\u001b[2m  x\u001b[22m');
  });
});
