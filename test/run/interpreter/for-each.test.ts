import { afterEach, describe, expect, test } from 'vitest';
import { planReport } from '../../../src/plan/plan-report.ts';
import { type Told, type Values, Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

async function runMain(main: string, others: Record<string, string> = {}, values: Values = {}): Promise<Told> {
  workshop = await Workshop.open({ 'tools/main.yaml': main, ...others }, values);
  return workshop.run('main');
}

/** A step over the items of a list written in the tool. */
const over = (items: string, rest: string) =>
  `args: {items: {type: array, default: ${items}}}\nsteps:\n  - {id: each, forEach: '\${{ args.items }}', ${rest}}\n`;

describe('a script for each item', () => {
  test('has the item and its index as variables, and as `item` and `index` in env and workdir', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': over(
        `[{d: a}, {d: b}]`,
        `workdir: '\${{ item.d }}', env: {D: '\${{ index }}-\${{ item.d }}'}, run: 'echo "$ITEM $ITEM_INDEX $D \${PWD##*/}"'`,
      ),
      'a/x': '',
      'b/x': '',
    });
    const { output, outcome, step } = await workshop.run('main');
    expect(outcome.status).toBe('succeeded');
    expect(output('each[0]')).toBe('{"d":"a"} 0 0-a a\n');
    expect(output('each[1]')).toBe('{"d":"b"} 1 1-b b\n');
    expect(step('each')).toMatchObject({ attempts: 2, items: { total: 2, succeeded: 2, failed: 0, cancelled: 0 } });
  });

  test.each([
    ['text', '["a b$c"]', 'a b$c'],
    ['a number', '[1.5]', '1.5'],
    ['true', '[true]', 'true'],
    ['null', '[null]', ''],
    ['a list', '[[1, "a"]]', '[1,"a"]'],
  ])('%s in $ITEM', async (_, items, expected) => {
    const { output } = await runMain(over(items, `run: 'printf "<%s>" "$ITEM"'`));
    expect(output('each[0]')).toBe(`<${expected}>`);
  });

  test('gives outputs as lists in the order of the items, with null for a missing output', async () => {
    const { outcome } = await runMain(`
outputs: {all: '\${{ steps.each.outputs.x }}', some: '\${{ steps.each.outputs.y }}', second: '\${{ fromJSON(steps.each.outputs.x)[1] }}'}
steps:
  - id: each
    forEach: "\${{ fromJSON('[\\"q\\", \\"r\\", \\"s\\"]') }}"
    run: |
      echo "x=$ITEM$ITEM_INDEX" >> "$LOCKSTEP_OUTPUT"
      [ "$ITEM" != r ] || echo "y=here" >> "$LOCKSTEP_OUTPUT"
`);
    expect(outcome).toMatchObject({
      status: 'succeeded',
      outputs: { all: '["q0","r1","s2"]', some: '[null,"here",null]', second: 'r1' },
    });
  });

  test('of an empty list does nothing and succeeds; declared outputs are empty lists', async () => {
    const { outcome, events, step } = await runMain(`
outputs: {x: '\${{ steps.each.outputs.x }}', l: '\${{ steps.each.outputs.lines }}'}
args: {items: {type: array, default: []}}
steps: [{id: each, forEach: '\${{ args.items }}', output: lines, outputs: [x], run: exit 1}]
`);
    expect(outcome).toMatchObject({ status: 'succeeded', outputs: { x: '[]', l: '[]' } });
    expect(step('each')).toMatchObject({ attempts: 0, items: { total: 0 } });
    expect(events.filter(({ type }) => type === 'item-finished')).toEqual([]);
  });

  test('with a secret for each item, masked in the output of every item', async () => {
    const { output, outcome } = await runMain(
      `secrets: [TOKEN]
outputs: {all: '\${{ steps.each.outputs.x }}'}
${over('[1, 2]', `run: 'echo "$TOKEN"; echo "x=$TOKEN-$ITEM" >> "$LOCKSTEP_OUTPUT"'`)}`,
      {},
      { TOKEN: 'value-of-token' },
    );
    expect([output('each[0]'), output('each[1]')]).toEqual(['***\n', '***\n']);
    expect(outcome).toMatchObject({ outputs: { all: '["***-1","***-2"]' } });
  });
});

describe('how many at a time', () => {
  test('maxParallel: 1 does one after the other, in order', async () => {
    const { events } = await runMain(over('[3, 1, 2]', `maxParallel: 1, run: 'true'`));
    const told = events.flatMap((event) => {
      if (event.type === 'step-started') return [`+${event.step}`];
      return event.type === 'item-finished' ? [`-${event.item.id}`] : [];
    });
    expect(told).toEqual(['+each', '+each[0]', '-each[0]', '+each[1]', '-each[1]', '+each[2]', '-each[2]']);
  });

  test('without it several run side by side: the first ends only when the second has begun', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
args: {gate: {type: string}, items: {type: array, default: [r, w]}}
steps:
  - id: each
    forEach: '\${{ args.items }}'
    run: 'if [ "$ITEM" = r ]; then cat "$INPUT_GATE"; else echo met > "$INPUT_GATE"; fi'
`,
    });
    const { outcome, output } = await workshop.run('main', { values: { gate: workshop.gate().path } });
    expect(outcome.status).toBe('succeeded');
    expect(output('each[0]')).toBe('met\n');
  });
});

describe('an item that fails', () => {
  test('fails the step, which names it; no other starts', async () => {
    const { step, outcome, events } = await runMain(
      `${over('[0, 7, 0]', `maxParallel: 1, run: 'exit "$ITEM"'`)}  - {id: after, run: 'true'}\n`,
    );
    expect(step('each')).toMatchObject({
      status: 'failed',
      exitCode: 7,
      reason: { why: 'item', index: 1, reason: { why: 'exit-code', code: 7 } },
      items: { total: 3, succeeded: 1, failed: 1, cancelled: 0 },
    });
    expect(events.some((event) => event.type === 'step-started' && event.step === 'each[2]')).toBe(false);
    expect(step('after')).toMatchObject({ status: 'skipped', reason: { why: 'ancestor', step: 'each' } });
    expect(outcome.status).toBe('failed');
  });

  test('lets running items finish', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
args: {gate: {type: string}, items: {type: array, default: [stays, fails]}}
steps:
  - id: each
    forEach: '\${{ args.items }}'
    run: 'if [ "$ITEM" = stays ]; then cat "$INPUT_GATE"; echo "still here"; else exit 3; fi'
`,
    });
    const gate = workshop.gate();
    const { output, step } = await workshop.run('main', { values: { gate: gate.path } }, (event) => {
      if (event.type === 'item-finished' && event.item.id === 'each[1]') gate.open();
    });
    expect(output('each[0]')).toBe('go\nstill here\n');
    expect(step('each')).toMatchObject({ status: 'failed', items: { succeeded: 1, failed: 1 }, reason: { index: 1 } });
  });

  test('is tried again by itself, and may be forgiven with the step', async () => {
    const { step, ends, events } = await runMain(
      `${over(
        '[good, bad]',
        `maxParallel: 1, retry: {limit: 1, delay: 1ms}, continueOnError: true, run: '[ $ITEM = good ]'`,
      )}  - {id: after, run: 'true'}\n`,
    );
    expect(step('each')).toMatchObject({ status: 'failed', attempts: 3 });
    expect(events.filter(({ type }) => type === 'step-retrying')).toMatchObject([{ step: 'each[1]', attempt: 2 }]);
    expect(ends.after).toBe('succeeded');
  });

  test('by its own timeout', async () => {
    const { step } = await runMain(over('[1, 600]', `timeout: 1s, run: 'sleep "$ITEM" & [ "$ITEM" = 1 ] || wait'`));
    expect(step('each')?.reason).toEqual({ why: 'item', index: 1, reason: { why: 'timeout', afterMs: 1000 } });
  });

  test('because it is larger than a variable can be', async () => {
    workshop = await Workshop.open({ 'tools/main.yaml': over('[]', `run: 'true'`) });
    const { step } = await workshop.run('main', { values: { items: ['x'.repeat(200_000)] } });
    expect(step('each')?.reason).toMatchObject({
      why: 'item',
      index: 0,
      reason: { why: 'not-started', detail: 'the item is larger than a variable can be' },
    });
  });

  test('because its folder is not there, and a sensitive one is not told', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
args: {folders: {type: array}, pin: {type: string, sensitive: true}}
steps: [{id: each, forEach: '\${{ args.folders }}', workdir: '\${{ item }}', run: 'true'}]`,
    });
    const { step } = await workshop.run('main', { values: { folders: ['no-such-place'], pin: 'no-such-place' } });
    expect(step('each')?.reason).toMatchObject({ reason: { detail: 'the working directory "***" does not exist' } });
  });

  test('because all outputs together are too large', async () => {
    const { step } = await runMain(
      over('[1, 2, 3]', `maxParallel: 1, run: 'echo "x=$(printf %0600000d 1)" >> "$LOCKSTEP_OUTPUT"'`),
    );
    expect(step('each')?.reason).toMatchObject({ why: 'item', index: 1, reason: { why: 'output-limit' } });
  });
});

describe('a value that is not a list', () => {
  test.each([
    [
      "fromJSON(format('{0}', steps.none.outputs.x))",
      "the expression ${{ fromJSON(format('{0}', steps.none.outputs.x)) }} cannot be evaluated: fromJSON() was given what is not JSON",
    ],
    ["steps.none.outputs.x || ''", '`forEach` needs a list, and its expression gives text'],
  ])('%s fails the step', async (expression, detail) => {
    const { step } = await runMain(
      `steps: [{id: none, if: false, run: 'true'}, {id: each, forEach: "\${{ ${expression} }}", run: 'true'}]`,
    );
    expect(step('each')).toMatchObject({ status: 'failed', attempts: 0, reason: { why: 'expression', detail } });
  });

  test('and so do more items than the limit', async () => {
    const { step } = await runMain(
      `steps: [{id: many, output: lines, run: seq 10001}, {id: each, forEach: '\${{ fromJSON(steps.many.outputs.lines) }}', run: 'true'}]`,
    );
    expect(step('each')?.reason).toEqual({
      why: 'expression',
      detail: '`forEach` takes 10000 items at most, and its expression gives 10001',
    });
  });

  test('is refused before anything starts where the arguments show it', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': over('[]', `run: 'true'`).replace('args.items }}', 'args.items[0] }}'),
    });
    const plan = await (await workshop.project()).plan('main', { values: { items: [['x']] } });
    expect(planReport(plan).steps).toMatchObject([{ forEach: { list: 'args.items[0]', count: 1 } }]);
    const { outcome } = await workshop.run('main', { values: { items: ['x'] } });
    expect(outcome).toMatchObject({
      steps: [],
      problems: [{ code: 'expression/type', message: '`forEach` needs a list, and its expression gives text' }],
    });
  });
});

describe('a tool called for each item', () => {
  const callee = `
args: {name: {type: string}}
outputs: {said: '\${{ steps.say.outputs.said }}'}
steps: [{id: say, run: 'echo "$INPUT_NAME \${ITEM-unset}"; echo "said=<$INPUT_NAME>" >> "$LOCKSTEP_OUTPUT"'}]`;

  test('gets the item by `with`, and its steps have the name of the item', async () => {
    const { output, outcome, ends, step } = await runMain(
      `outputs: {all: '\${{ steps.each.outputs.said }}'}\n${over('[x, y]', `uses: callee, with: {name: '\${{ item }}\${{ index }}'}`)}`,
      { 'tools/callee.yaml': callee },
    );
    expect(output('each[0]/say')).toBe('x0 unset\n');
    expect(output('each[1]/say')).toBe('y1 unset\n');
    expect(outcome).toMatchObject({ outputs: { all: '["<x0>","<y1>"]' } });
    expect(ends).toEqual({ 'each[0]/say': 'succeeded', 'each[1]/say': 'succeeded', each: 'succeeded' });
    expect(step('each')?.items).toMatchObject({ total: 2, succeeded: 2 });
  });

  test('within a tool that is called for each item, too', async () => {
    const { output } = await runMain(over('[[a, b], [c]]', `uses: middle, with: {list: '\${{ item }}'}`), {
      'tools/middle.yaml': `args: {list: {type: array}}
steps: [{id: inner, forEach: '\${{ args.list }}', uses: callee, with: {name: '\${{ item }}'}}]`,
      'tools/callee.yaml': callee,
    });
    expect(output('each[0]/inner[1]/say')).toBe('b unset\n');
    expect(output('each[1]/inner[0]/say')).toBe('c unset\n');
  });

  test('is refused an item that the declaration of the argument does not allow', async () => {
    const { step } = await runMain(over('[ok, 5]', `maxParallel: 1, uses: callee, with: {name: '\${{ item }}'}`), {
      'tools/callee.yaml': callee,
    });
    expect(step('each')?.reason).toMatchObject({ why: 'item', index: 1, reason: { why: 'arguments' } });
  });
});

test('a cancel reaches every running item, and starts no other', async () => {
  workshop = await Workshop.open({
    'tools/main.yaml': over(
      '[1, 2, 3]',
      `maxParallel: 2, run: "trap 'echo asked; exit 0' TERM; echo ready; sleep 600 & wait"`,
    ),
  });
  const controller = new AbortController();
  let ready = 0;
  const { outcome, output, step } = await workshop.run('main', { signal: controller.signal }, (event) => {
    if (event.type === 'output' && event.text.includes('ready') && ++ready === 2) controller.abort();
  });
  expect(outcome.status).toBe('cancelled');
  expect([1, 2].map((n) => output(`each[${n - 1}]`))).toEqual(['ready\nasked\n', 'ready\nasked\n']);
  expect(step('each')).toMatchObject({
    status: 'cancelled',
    items: { total: 3, succeeded: 0, failed: 0, cancelled: 2 },
  });
});

describe('output: lines', () => {
  const lines = async (script: string, values: Values = {}, secrets = '') => {
    const { outcome, events } = await runMain(
      `${secrets}outputs: {l: '\${{ steps.a.outputs.lines }}'}\nsteps: [{id: a, output: lines, run: ${JSON.stringify(script)}}]`,
      {},
      values,
    );
    return { said: 'outputs' in outcome ? outcome.outputs.l : '', events, outcome };
  };

  test.each([
    ['', '[]'],
    ["printf 'a\\nb'", '["a","b"]'],
    ["printf 'a\\r\\n\\nb \\n'", '["a",""," b "]'.replace('" b "', '"b "')],
    ["printf '\\n'", '[""]'],
  ])('%j', async (script, expected) => {
    expect((await lines(script === '' ? 'true' : script)).said).toBe(expected);
  });

  test('masks a secret of several short lines, even though no line is long enough to be masked', async () => {
    const { said, events } = await lines('echo "$PIN"', { PIN: 'ab\ncd\nef' }, 'secrets: [PIN]\n');
    expect(said).toBe('["***"]');
    expect(events.filter(({ type }) => type === 'notice')).toHaveLength(1);
  });

  test('is limited, and has to be text', async () => {
    expect((await lines('yes | head -c 1100000')).outcome).toMatchObject({ status: 'failed' });
    workshop[Symbol.dispose]();
    expect((await lines("printf '\\377'")).outcome).toMatchObject({
      steps: [{ reason: { why: 'output-invalid', detail: 'standard output is not UTF-8 text' } }],
    });
  });
});
