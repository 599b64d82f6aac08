import { describe, expect, test } from 'vitest';
import { PLAIN, plainText, readLooks } from '../../../src/console/pages/runs/ansi.ts';
import type { RunEvent } from '../../../src/console/pages/runs/run-events.ts';
import { RunLines, StepLines } from '../../../src/console/pages/runs/run-lines.ts';
import { RunModel } from '../../../src/console/pages/runs/run-model.ts';
import { stepRows, stepToShow } from '../../../src/console/pages/runs/step-rows.ts';
import { formArguments } from '../../../src/console/pages/tools/argument-schema.ts';
import { readTyped, typedFrom } from '../../../src/console/pages/tools/argument-values.ts';
import { collapse, depthsOf } from '../../../src/console/parts/graph/collapse.ts';

const ESC = '\u001b';

describe('what a program wrote', () => {
  const classes = (text: string) => readLooks(text, PLAIN).pieces.map((one) => [one.text, one.classes]);

  test.for([
    [
      `${ESC}[31mred${ESC}[0m plain`,
      [
        ['red', 'bad'],
        [' plain', ''],
      ],
    ],
    [`${ESC}[1;92mbright`, [['bright', 'ok a-bold']]],
    [
      `${ESC}[1mbold${ESC}[22m not`,
      [
        ['bold', 'a-bold'],
        [' not', ''],
      ],
    ],
    [`${ESC}[38;5;196mof 256`, [['of 256', 'bad']]],
    [`${ESC}[38;2;40;80;250mtrue`, [['true', 'blue']]],
    [`${ESC}[38;5;244;1mgrey`, [['grey', 'a-bold']]],
    [`${ESC}[41;37mground`, [['ground', 'a-ground']]],
    [
      `${ESC}[4:3mcurly${ESC}[24m no`,
      [
        ['curly', 'a-underline'],
        [' no', ''],
      ],
    ],
    [`${ESC}[38:2::40:80:250;1mparts`, [['parts', 'blue a-bold']]],
    [`${ESC}[999;;mx`, [['x', '']]],
  ] as const)('%j has these looks', ([text, looks]) => {
    expect(classes(text)).toEqual(looks);
  });

  test('moves no cursor, names no window, turns no text; parts stay apart', () => {
    expect(plainText(`a${ESC}[2Kb`)).toBe('a b');
    expect(plainText(`${ESC}]0;a title\u0007shown`)).toBe('shown');
    expect(plainText(`${ESC}]8;;https://x.example${ESC}\\link${ESC}]8;;${ESC}\\`)).toBe('link');
    expect(plainText('ab\u202edc')).toBe('ab dc');
    expect(plainText('nul\u0000 bell\u0007')).toBe('nul bell');
    expect(plainText(`cut ${ESC}[3`)).toBe('cut ');
    expect(plainText('tab\tstays')).toBe('tab\tstays');
  });

  test('lines that come in pieces, write over themselves, and keep their colour', () => {
    const lines = new RunLines();
    const write = (text: string) => lines.output('a', 'stdout', '', text);
    write('fir');
    lines.output('b', 'stdout', '', 'other\n');
    write(`st\n10 %\r100 %\r\n${ESC}[32mgreen\n`);
    write('still\nopen');
    lines.say('a', '', 'fault', 'exit code 1');
    const of = (step: string) => new StepLines(step).follow(lines);
    expect(of('a').map(({ text }) => text)).toEqual([
      'first',
      '100 %',
      `${ESC}[32mgreen`,
      'still',
      'open',
      'exit code 1',
    ]);
    expect(of('b').map(({ text }) => text)).toEqual(['other']);
    expect(of('a')[3]?.look.colour).toBe('ok');
    expect(of('a')[5]?.look.colour).toBe('');
  });
});

/** Events a second apart. */
function modelOf(events: readonly object[]): RunModel {
  const model = new RunModel();
  for (const [at, event] of events.entries())
    model.take({ time: new Date(at * 1_000).toISOString(), ...event } as unknown as RunEvent);
  return model;
}

const ended = (id: string, status = 'succeeded', more = {}) => ({
  type: 'step-finished',
  step: { id, status, attempts: 1, durationMs: 1_000, ...more },
});
const begun = (step: string, attempt = 1) => ({ type: 'step-started', step, attempt });

describe('a run as its events tell it', () => {
  test('attempts, waits and their spans on one axis', () => {
    const model = modelOf([
      { type: 'run-started', run: 'r' },
      begun('a'),
      { type: 'step-retrying', step: 'a', attempt: 2, delayMs: 1_000, words: 'exit code 3' },
      begun('a', 2),
      ended('a'),
      { type: 'step-waiting', step: 'b', question: 'Run it?' },
      { type: 'step-answered', step: 'b', approved: true, by: 'ada' },
      begun('b'),
    ]);
    expect(model.steps.get('a')?.spans).toEqual([
      { kind: 'attempt', from: 1_000, to: 2_000, failed: true },
      { kind: 'attempt', from: 3_000, to: 4_000 },
    ]);
    expect(model.steps.get('b')).toMatchObject({
      state: 'running',
      question: undefined,
      spans: [
        { kind: 'wait', from: 5_000, to: 6_000 },
        { kind: 'attempt', from: 7_000 },
      ],
    });
  });

  test('time in which no process was at it does not count', () => {
    const model = modelOf([{ type: 'run-started', run: 'r' }, begun('a')]);
    model.interrupt();
    expect(model.steps.get('a')).toMatchObject({ state: 'interrupted', spans: [{ from: 1_000, to: 1_000 }] });
    const later = (at: number, event: object) =>
      model.take({ time: new Date(at * 1_000).toISOString(), ...event } as unknown as RunEvent);
    later(5_000, { type: 'run-started', run: 'r' });
    expect(model.steps.get('a')?.state).toBe('pending');
    later(5_002, begun('a'));
    expect(model.steps.get('a')?.spans.at(-1)).toEqual({ kind: 'attempt', from: 3_000 });
    expect(model.length).toBe(3_000);
  });

  test('steps stand in the order of the plan, items and called steps below theirs', () => {
    const step = (id: string, ...needs: string[]) => ({ id, needs, executor: 'host', secrets: [] });
    const plan = [step('list'), step('each', 'list'), step('each/say'), step('call', 'each'), step('call/send')];
    const model = modelOf([ended('list'), ended('each[1]/say'), ended('each[1]'), ended('each[0]'), begun('each')]);
    const rows = stepRows(plan, model);
    expect(rows.map(({ id, depth }) => `${depth} ${id}`)).toEqual([
      '0 list',
      '0 each',
      '1 each[0]',
      '1 each[1]',
      '2 each[1]/say',
      '0 call',
      '1 call/send',
    ]);
    expect(stepToShow(rows)).toBe('each');
    model.take({ time: '2026-01-01T00:00:00Z', ...ended('call', 'skipped') } as unknown as RunEvent);
    expect(stepRows(plan, model).map(({ id }) => id)).not.toContain('call/send');
  });

  test('of many items only those that need a person have a row', () => {
    const items = Array.from({ length: 40 }, (_, at) => ended(`each[${at}]`, at === 30 ? 'failed' : 'succeeded'));
    expect(stepRows([], modelOf([begun('each'), ...items])).map(({ id }) => id)).toEqual(['each', 'each[30]']);
  });
});

test('a large graph is drawn by its layers, and what stands out stays', () => {
  const nodes = Array.from({ length: 90 }, (_, at) => ({
    id: `s${at}`,
    needs: at < 30 ? [] : [`s${at - 30}`, `s${at < 60 ? 0 : 30}`],
  }));
  expect(depthsOf(nodes).get('s89')).toBe(2);
  const { alone, layers } = collapse(nodes, ({ id }) => id === 's40');
  expect(alone).toEqual([{ id: 's40', needs: ['layer 1'] }]);
  expect(layers.map(({ id, needs, members }) => [id, needs, members.length])).toEqual([
    ['layer 1', [], 30],
    ['layer 2', ['layer 1'], 29],
    ['layer 3', ['layer 2', 's40'], 30],
  ]);
});

describe('the form of a call', () => {
  const properties = {
    text: { type: 'string', default: 'x' },
    count: { type: 'integer', minimum: 2, maximum: 9 },
    on: { type: 'boolean' },
    pick: { enum: [1, 2] },
    list: { type: 'array', items: { type: 'number' } },
    deep: { type: 'array', items: { type: 'object' } },
  };
  const args = Object.keys(properties).map((name) => ({ name, type: '', required: true, description: '' }));
  const list = formArguments({ args, inputSchema: { properties } } as never);

  test('a control for each kind', () => {
    expect(list.map(({ kind, note }) => [kind, note])).toEqual([
      ['text', 'else x'],
      ['number', '2 to 9'],
      ['switch', ''],
      ['choice', ''],
      ['list', ''],
      ['json', 'JSON list'],
    ]);
  });

  test('what is typed becomes values of its type; what is empty is left out', () => {
    const typed = { text: '', count: '7', pick: '2', list: ['1', '', '2.5'], deep: '[{}]' };
    expect(readTyped(list, typed)).toEqual({
      args: { count: 7, on: false, pick: 2, list: [1, 2.5], deep: [{}] },
      faults: {},
    });
    expect(readTyped(list, { count: 'x', list: ['y'], deep: '[' }).faults).toEqual({
      count: 'has to be a number',
      list: 'has to be a list of numbers',
      deep: 'is not JSON yet',
    });
  });

  test('the values of an earlier run come back as they were', () => {
    const values = { text: 'a', count: 7, on: true, pick: 2, list: [1, 2], deep: [{ a: 1 }] };
    expect(readTyped(list, typedFrom(list, values))).toEqual({ args: values, faults: {} });
  });
});
