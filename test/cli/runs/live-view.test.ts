import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunPrinter } from '../../../src/cli/render/run.ts';
import { LiveView } from '../../../src/cli/runs/live-view.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { Event, StepReport } from '../../../src/run/event.ts';
import { Screen } from '../../rig/screen.ts';
import { Workshop } from '../../rig/workshop.ts';

const started = (step: string): Event => ({ type: 'step-started', step, attempt: 1 });
const said = (step: string, text: string): Event => ({ type: 'output', step, stream: 'stdout', text });
const done = (id: string): StepReport => ({ id, status: 'succeeded', exitCode: 0, attempts: 1, durationMs: 700 });
const ended = (id: string): Event => ({ type: 'step-finished', step: done(id) });
const END: Event = {
  type: 'run-finished',
  report: { run: 'r', tool: 'main', status: 'succeeded', steps: [done('a')], outputs: {}, durationMs: 5 },
};
const SUMMARY = 'ok main (1 step: 1 succeeded; 0.005 s)';

let plan: Plan;
beforeEach(async () => {
  // Which the view does when its time has come; the time of these tests is not real.
  await import('../../../src/cli/runs/live-rows.ts');
  using workshop = new Workshop({ 'tools/main.yaml': 'steps: [{id: a, run: x}, {id: b, run: x}]' });
  plan = await (await workshop.project()).plan('main');
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** A view whose terminal is a model of one; its clock is vitest's. */
function viewOn(columns = 40, rows = 10, color = false) {
  const screen = new Screen(columns, rows);
  const writes: string[] = [];
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, written) {
      writes.push(text);
      screen.write(text.replaceAll('\n', '\r\n'));
      written();
    },
  });
  const terminal = { stdout, color: { stdout: color, stderr: color }, columns, rows };
  const view = new LiveView(new RunPrinter(stdout, { color, isTerminal: true }), terminal, () => Date.now());
  const resize = (width: number, height: number) => {
    Object.assign(terminal, { columns: width, rows: height });
    screen.resize(width, height);
  };
  const tick = () => vi.advanceTimersByTimeAsync(100);
  return { view, screen, writes, stdout, resize, tick };
}

async function tell(view: LiveView, ...events: readonly Event[]) {
  for (const event of events) await view.print(event);
}

describe('a footer below the lines of a run', () => {
  it('is painted in place, and gone at the end', async () => {
    const { view, screen, tick } = viewOn();
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', 'one\ntw'));
    await tick();
    expect(screen.text).toBe('a | one\n▸ a  0.1 s  tw\n· b');
    await tell(view, said('a', 'o\n'), ended('a'), started('b'));
    await tick();
    expect(screen.text).toBe('a | one\na | two\n✓ a  0.7 s\n▸ b  0.1 s');
    await tell(view, said('b', 'no line end'), ended('b'), END);
    expect(screen.text).toBe(`a | one\na | two\nb | no line end\n${SUMMARY}`);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is absent before the run begins, and in a run that ends at once', async () => {
    const { view, writes, tick } = viewOn();
    await tell(view, said('a', 'early\n'));
    await tick();
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', 'x\n'), ended('a'), END);
    await tick();
    expect(writes.join('')).toBe(`a | early\na | x\n${SUMMARY}\n`);
  });

  it('is painted ten times a second at most, and only where something has changed', async () => {
    const { view, writes } = viewOn();
    view.begin(plan, new Map());
    for (let at = 0; at < 1000; at++) {
      await tell(view, said('a', `${at}\n`));
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(writes).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(5000);
    expect(writes).toHaveLength(10);
  });

  it('does not hold up a flood: lines beyond 256 KiB are written at once', async () => {
    const { view, screen, writes, tick } = viewOn();
    view.begin(plan, new Map());
    await tick();
    for (let at = 0; at < 300; at++) await tell(view, said('a', `${'x'.repeat(1019)}\n`));
    expect(writes.length).toBe(2);
    expect(screen.text).not.toContain('· b');
    await tick();
    expect(screen.text.endsWith('\n· b')).toBe(true);
  });

  it('holds back lines and repaints while the terminal accepts no more', async () => {
    const { view, writes, stdout, tick } = viewOn();
    let release = () => {};
    stdout._write = (text, _encoding, written) => {
      writes.push(String(text));
      release = written;
    };
    view.begin(plan, new Map());
    await tell(view, said('a', 'x'.repeat(20_000)), said('a', '\n'));
    await tick();
    await tell(view, said('a', 'y\n'));
    await tick();
    expect(writes).toHaveLength(1);
    release();
    await tick();
    await tick();
    expect(writes).toHaveLength(2);
    const end = view.end();
    release();
    release();
    await end;
  });

  it('disappears when the view is closed, and only once', async () => {
    const { view, screen, writes, tick } = viewOn();
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', 'x\n'));
    await tick();
    await view.end();
    await view.end();
    expect(screen.text).toBe('a | x');
    expect(vi.getTimerCount()).toBe(0);
    expect(writes).toHaveLength(2);
  });
});

describe('a terminal', () => {
  it('that becomes narrower, wider, lower and higher shows no remains of a footer', async () => {
    const { view, screen, resize, tick } = viewOn(60, 10);
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', `line\n${'漢字 and more '.repeat(20)}`), started('b'));
    const sizes = [
      [20, 10],
      [59, 10],
      [21, 6],
      [100, 40],
      [8, 40],
      [60, 10],
    ] as const;
    for (const size of sizes) {
      await tick();
      resize(size[0], size[1]);
      await tick();
      const rows = screen.text.split('\n');
      expect(
        rows.filter((row) => /[▸·]/.test(row)),
        screen.text,
      ).toHaveLength(2);
      expect(rows[0]).toBe('a | line'.slice(0, size[0]));
    }
    await tell(view, END);
    expect(screen.text).toBe(`a | line\n${SUMMARY}`);
  });

  it('that is too small for a footer shows none', async () => {
    const { view, screen, tick } = viewOn(40, 2);
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', 'x\n'));
    await tick();
    expect(screen.text).toBe('a | x');
  });

  it('whose cursor and colours a step would change stays as it is for the footer', async () => {
    const { view, screen, writes, tick } = viewOn(40, 10, true);
    view.begin(plan, new Map());
    await tell(view, said('a', 'one\ntwo\n'));
    await tick();
    await tell(view, said('a', '\u001b[31m\u001b[1Aover\n'));
    await tick();
    expect(screen.text).toBe('a | one\na | two\na | over\n· a  over\n· b');
    expect(writes.at(-1)).toContain('over\u001b[0m\n\u001b[m\u001b[J');
    await view.end();
    expect(screen.text).toBe('a | one\na | two\na | over');
  });
});

describe('a question', () => {
  it('has the terminal to itself: no footer, and no lines until it is answered', async () => {
    const { view, screen, tick } = viewOn();
    view.begin(plan, new Map());
    await tell(view, started('a'), said('a', 'x\n'));
    await tick();
    view.pause();
    view.pause();
    await tell(view, said('a', 'y\n'));
    await tick();
    expect(screen.text).toBe('a | x');
    screen.write('Really? y\r\n');
    view.resume();
    await tick();
    expect(screen.text).toBe('a | x\nReally? y');
    view.resume();
    await tick();
    expect(screen.text).toBe('a | x\nReally? y\na | y\n▸ a  0.4 s  y\n· b');
  });
});
