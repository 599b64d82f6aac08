import { closeSync, constants, openSync, readSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type Told, type Values, Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** Runs the tool `main`, written here. */
async function runMain(main: string, others: Record<string, string> = {}, values: Values = {}): Promise<Told> {
  workshop = await Workshop.open({ 'tools/main.yaml': main, ...others }, values);
  return workshop.run('main');
}

/** Steps that append their own name to the file that `order` reads. */
const noting = (steps: string) =>
  `env: {NOTES: '${'$'}{{ args.notes }}'}\nargs: {notes: {type: string}}\nsteps:\n${steps}`;

async function order(steps: string): Promise<string[]> {
  workshop = await Workshop.open({ 'tools/main.yaml': noting(steps) });
  const { outcome } = await workshop.run('main', { values: { notes: workshop.mark('notes') } });
  expect(outcome.status).toBe('succeeded');
  return workshop.markText('notes').trim().split('\n');
}

/** Whether a process holds the pipe open for writing, or waits to. */
function hasWriter(path: string): boolean {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readSync(reader, Buffer.alloc(1)) > 0;
  } catch {
    return true;
  } finally {
    closeSync(reader);
  }
}

describe('which step waits for which', () => {
  test('a step follows the one above it', async () => {
    const note = (id: string) => `  - {id: ${id}, run: 'echo ${id} >> "$NOTES"'}\n`;
    expect(await order(['one', 'two', 'three'].map(note).join(''))).toEqual(['one', 'two', 'three']);
  });

  test('needs wait for all named steps, and for no other', async () => {
    expect(
      await order(`
  - {id: last, needs: [left, right], run: 'echo last >> "$NOTES"'}
  - {id: left, needs: [first], run: 'echo side >> "$NOTES"'}
  - {id: right, needs: [first], run: 'echo side >> "$NOTES"'}
  - {id: first, needs: [], run: 'echo first >> "$NOTES"'}
`),
    ).toEqual(['first', 'side', 'side', 'last']);
  });

  test('`needs: []` starts at once: two steps that wait for each other at a pipe end only if they run side by side', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
args: {gate: {type: string}}
steps:
  - {id: a, run: 'echo from-a > "$INPUT_GATE"'}
  - {id: b, needs: [], run: 'cat "$INPUT_GATE"'}
`,
    });
    const { outcome, output } = await workshop.run('main', { values: { gate: workshop.gate().path } });
    expect(outcome.status).toBe('succeeded');
    expect(output('b')).toBe('from-a\n');
  });
});

describe('a step that does not run', () => {
  test('by its own `if` counts as satisfied, with empty outputs', async () => {
    const { ends, output } = await runMain(`
steps:
  - {id: off, if: 'false', run: 'echo x=1 >> "$LOCKSTEP_OUTPUT"'}
  - {id: on, env: {X: '\${{ steps.off.outputs.x }}', S: '\${{ steps.off.status }}'}, run: 'echo "[$X] $S"'}
`);
    expect(ends).toEqual({ off: 'skipped: condition', on: 'succeeded' });
    expect(output('on')).toBe('[] skipped\n');
  });

  test('below a failed one is skipped, all the way down, and names the failed step', async () => {
    const { ends, outcome, step } = await runMain(`
steps:
  - {id: bad, run: exit 7}
  - {id: next, run: 'true'}
  - {id: after, run: 'true'}
`);
    expect(ends).toEqual({ bad: 'failed: exit-code', next: 'skipped: ancestor', after: 'skipped: ancestor' });
    expect(step('after')?.reason).toEqual({ why: 'ancestor', step: 'bad' });
    expect(step('bad')).toMatchObject({ exitCode: 7, attempts: 1 });
    expect(step('next')).toMatchObject({ exitCode: null, attempts: 0 });
    expect(outcome).toMatchObject({ status: 'failed', outputs: {}, reason: { why: 'call', tool: 'main' } });
  });

  test('independent branches run to their end', async () => {
    const { ends } = await runMain(`
steps:
  - {id: bad, run: exit 1}
  - {id: below, needs: [bad], run: 'true'}
  - {id: apart, needs: [], run: 'true'}
  - {id: far, needs: [apart], run: 'true'}
`);
    expect(ends).toMatchObject({ below: 'skipped: ancestor', apart: 'succeeded', far: 'succeeded' });
  });
});

describe('status functions', () => {
  test.each([
    ['success()', 'skipped: condition', 'succeeded'],
    ['failure()', 'succeeded', 'skipped: condition'],
    ['always()', 'succeeded', 'succeeded'],
    ['cancelled()', 'skipped: condition', 'skipped: condition'],
    ['"failure() && args.yes"', 'succeeded', 'skipped: condition'],
    ['"always() && !args.yes"', 'skipped: condition', 'skipped: condition'],
    ['args.yes', 'skipped: ancestor', 'succeeded'],
  ])('%s', async (condition, afterFailure, afterSuccess) => {
    const { ends, outcome } = await runMain(`
args: {yes: {type: boolean, default: true}}
steps:
  - {id: bad, run: exit 1}
  - {id: between, run: 'true'}
  - {id: after-bad, if: ${condition}, run: 'true'}
  - {id: good, needs: [], run: 'true'}
  - {id: after-good, needs: [good], if: ${condition}, run: 'true'}
`);
    expect(ends).toMatchObject({ 'after-bad': afterFailure, 'after-good': afterSuccess });
    expect(outcome.status).toBe('failed');
  });

  test('look at ancestors only', async () => {
    const { ends } = await runMain(`
steps:
  - {id: bad, run: exit 1}
  - {id: apart, needs: [], if: failure(), run: 'true'}
`);
    expect(ends.apart).toBe('skipped: condition');
  });

  test('a step that runs in spite of a failure does not clear it for the steps below', async () => {
    const { ends, outcome } = await runMain(`
steps:
  - {id: bad, run: exit 1}
  - {id: tidy, if: always(), run: 'true'}
  - {id: below, run: 'true'}
`);
    expect(ends).toEqual({ bad: 'failed: exit-code', tidy: 'succeeded', below: 'skipped: ancestor' });
    expect(outcome.status).toBe('failed');
  });

  test('see the result of each ancestor', async () => {
    const { output } = await runMain(`
steps:
  - {id: a, run: exit 1, continueOnError: true}
  - {id: b, if: false, run: 'true'}
  - {id: c, env: {SEEN: '\${{ steps.a.status }} \${{ steps.b.status }}'}, run: echo "$SEEN"}
`);
    expect(output('c')).toBe('failed skipped\n');
  });
});

describe('continueOnError', () => {
  test('forgives a failure: the steps below run, and the tool succeeds', async () => {
    const { ends, outcome } = await runMain(`
outputs: {from: '\${{ steps.next.outputs.a }}'}
steps:
  - {id: bad, run: 'echo a=lost >> "$LOCKSTEP_OUTPUT"; exit 3', continueOnError: true}
  - {id: next, run: 'echo a=kept >> "$LOCKSTEP_OUTPUT"'}
`);
    expect(ends).toEqual({ bad: 'failed: exit-code', next: 'succeeded' });
    expect(outcome).toMatchObject({ status: 'succeeded', outputs: { from: 'kept' } });
  });

  test('does not forgive the failure of another step', async () => {
    const { outcome, ends } = await runMain(`
steps:
  - {id: bad, run: exit 1}
  - {id: also, if: always(), run: exit 1, continueOnError: true}
`);
    expect(ends.also).toBe('failed: exit-code');
    expect(outcome.status).toBe('failed');
  });
});

describe('retry', () => {
  const failing = (times: number, retry: string) => `
args: {count: {type: string}}
steps:
  - id: flaky
    retry: ${retry}
    run: |
      echo x >> "$INPUT_COUNT"
      echo "try=$(wc -l < "$INPUT_COUNT")" >> "$LOCKSTEP_OUTPUT"
      [ "$(wc -l < "$INPUT_COUNT")" -gt ${times} ]
`;
  const run = async (times: number, retry: string) => {
    workshop = await Workshop.open({ 'tools/main.yaml': failing(times, retry) });
    const told = await workshop.run('main', { values: { count: workshop.mark('count') } });
    const delays = told.events.flatMap((event) => (event.type === 'step-retrying' ? [event.delayMs] : []));
    return { ...told, delays, tries: workshop.markText('count').trim().split('\n').length };
  };

  test('repeats until it succeeds, each attempt with an output file of its own', async () => {
    const { step, delays, events } = await run(2, '{limit: 5, delay: 1ms}');
    expect(step('flaky')).toMatchObject({ status: 'succeeded', attempts: 3, exitCode: 0 });
    expect(step('flaky')).not.toHaveProperty('reason');
    expect(delays).toEqual([1, 1]);
    const started = events.flatMap((event) => (event.type === 'step-started' ? [event.attempt] : []));
    expect(started).toEqual([1, 2, 3]);
    expect(events.find((event) => event.type === 'step-retrying')).toMatchObject({
      attempt: 2,
      reason: { why: 'exit-code', code: 1 },
    });
  });

  test('stops at the limit, which counts the attempts after the first', async () => {
    const { step, tries } = await run(99, '{limit: 2, delay: 0ms}');
    expect(step('flaky')).toMatchObject({ status: 'failed', attempts: 3 });
    expect(tries).toBe(3);
  });

  test('waits longer each time, up to maxDelay', async () => {
    const { delays } = await run(99, '{limit: 4, delay: 2ms, backoff: 3, maxDelay: 20ms}');
    expect(delays).toEqual([2, 6, 18, 20]);
  });

  test('does not follow a cancel, and its delay does not hold a cancel up', async () => {
    workshop = await Workshop.open({ 'tools/main.yaml': failing(99, '{limit: 5, delay: 9h}') });
    const controller = new AbortController();
    const { outcome, ends } = await workshop.run(
      'main',
      { values: { count: workshop.mark('count') }, signal: controller.signal },
      (event) => {
        if (event.type === 'step-retrying') controller.abort();
      },
    );
    expect(ends.flaky).toBe('failed: exit-code');
    expect(outcome.status).toBe('cancelled');
    expect(workshop.markText('count')).toBe('x\n');
  });

  test('does not follow a cancelled attempt', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': 'steps: [{id: long, retry: {limit: 5}, run: echo ready; sleep 600}]',
    });
    const controller = new AbortController();
    const { step } = await workshop.run('main', { signal: controller.signal }, (event) => {
      if (event.type === 'output') controller.abort();
    });
    expect(step('long')).toMatchObject({ status: 'cancelled', attempts: 1 });
  });

  test('does not repeat a failure that would be the same again', async () => {
    const { step } = await runMain(`
steps:
  - {id: bad, retry: {limit: 3}, env: {X: "\${{ fromJSON('{') }}"}, run: 'true'}
`);
    expect(step('bad')).toMatchObject({ status: 'failed', attempts: 1, reason: { why: 'expression' } });
  });
});

describe('timeouts', () => {
  test('of a step: it fails, and all that it started ends', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
args: {gate: {type: string}}
steps: [{id: long, timeout: 300ms, run: '(echo held > "$INPUT_GATE") & sleep 600'}]`,
    });
    const gate = workshop.gate();
    const { step } = await workshop.run('main', { values: { gate: gate.path } });
    expect(step('long')).toMatchObject({ status: 'failed', exitCode: null, reason: { why: 'timeout', afterMs: 300 } });
    expect(hasWriter(gate.path)).toBe(false);
  });

  test('of a tool: everything in it ends, always() steps still run, and the tool fails', async () => {
    const { ends, outcome } = await runMain(`
timeout: 300ms
steps:
  - {id: long, run: sleep 600}
  - {id: also, needs: [], run: sleep 600}
  - {id: never, run: 'true'}
  - {id: tidy, if: always(), run: 'true'}
`);
    expect(ends).toEqual({
      long: 'cancelled: cancelled',
      also: 'cancelled: cancelled',
      never: 'cancelled: cancelled',
      tidy: 'succeeded',
    });
    expect(outcome).toMatchObject({ status: 'failed', reason: { why: 'timeout', afterMs: 300 } });
  });

  test('of a called tool: the calling step fails with it', async () => {
    const { ends, outcome } = await runMain('steps: [{id: call, uses: slow}]', {
      'tools/slow.yaml': 'timeout: 200ms\nsteps: [{id: long, run: sleep 600}]',
    });
    expect(ends).toEqual({ 'call/long': 'cancelled: cancelled', call: 'failed: timeout' });
    expect(outcome.status).toBe('failed');
  });

  test('of a calling step', async () => {
    const { step, outcome } = await runMain('steps: [{id: call, uses: slow, timeout: 200ms}]', {
      'tools/slow.yaml': 'steps: [{id: long, run: sleep 600}]',
    });
    expect(step('call')?.reason).toEqual({ why: 'timeout', afterMs: 200 });
    expect(outcome.status).toBe('failed');
  });

  test('the first reason wins: a cancel that comes while a timed-out tool winds down', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
timeout: 200ms
steps: [{id: long, run: "trap 'echo asked; sleep 0.2; exit 0' TERM; sleep 600 & wait"}]`,
    });
    const controller = new AbortController();
    const { outcome } = await workshop.run('main', { signal: controller.signal }, (event) => {
      if (event.type === 'output') controller.abort();
    });
    expect(outcome).toMatchObject({ status: 'failed', reason: { why: 'timeout' } });
  });
});

describe('a called tool', () => {
  const callee = `
args: {text: {type: string}, count: {type: integer, default: 2}, tags: {type: array, required: false}}
secrets: [INNER]
outputs: {said: '\${{ steps.say.outputs.said }}'}
steps:
  - id: say
    run: |
      echo "$INPUT_TEXT $INPUT_COUNT [$INPUT_TAGS] outer=\${OUTER-unset} inner=\${INNER-unset}"
      echo "said=$INPUT_TEXT!" >> "$LOCKSTEP_OUTPUT"
`;

  test('gets its own secrets, and the caller never gets them; outputs come back', async () => {
    const { output, outcome, ends } = await runMain(
      `
secrets: [OUTER]
outputs: {all: '\${{ steps.call.outputs.said }} \${{ steps.after.outputs.inner }}'}
steps:
  - {id: call, uses: callee, with: {text: hi, tags: [1, x]}}
  - {id: after, env: {SAID: '\${{ steps.call.outputs.said }}'}, run: 'echo "$SAID \${INNER-unset}"; echo "inner=\${INNER-unset}" >> "$LOCKSTEP_OUTPUT"'}
`,
      { 'tools/callee.yaml': callee },
      { OUTER: 'value-of-outer', INNER: 'value-of-inner' },
    );
    expect(output('call/say')).toBe('hi 2 [[1,"x"]] outer=unset inner=***\n');
    expect(output('after')).toBe('hi! unset\n');
    expect(outcome).toMatchObject({ status: 'succeeded', outputs: { all: 'hi! unset' } });
    expect(ends).toEqual({ 'call/say': 'succeeded', call: 'succeeded', after: 'succeeded' });
  });

  test('keeps the types of `with`, and refuses values that its declaration does not allow', async () => {
    const { step, ends } = await runMain(
      `
args: {n: {type: integer, default: 5}}
steps:
  - {id: right, uses: callee, with: {text: '\${{ args.n }}-', count: '\${{ args.n }}', tags: "\${{ fromJSON('[1,2]') }}"}}
  - {id: wrong, needs: [], uses: callee, with: {text: x, count: "\${{ 'many' || 1 }}"}}
  - {id: whole, needs: [], uses: callee, with: {text: x, count: "\${{ fromJSON('1.5') }}"}}
  - {id: number, needs: [], uses: callee, with: {text: '\${{ args.n || 1 }}'}}
`,
      { 'tools/callee.yaml': callee },
      { INNER: 'value-of-inner' },
    );
    expect(ends).toMatchObject({ right: 'succeeded', wrong: 'failed: arguments', whole: 'failed: arguments' });
    expect(step('wrong')?.reason).toEqual({
      why: 'arguments',
      detail: 'the argument "count" of callee has to be a whole number, not text',
    });
    expect(step('number')?.reason).toMatchObject({
      detail: 'the argument "text" of callee has to be text, not a number',
    });
  });

  test('refuses a value that contains itself', async () => {
    const { step } = await runMain(
      `
steps:
  - {id: dig, run: 'echo "x=$(printf "[%.0s" {1..100})$(printf "]%.0s" {1..100})" >> "$LOCKSTEP_OUTPUT"'}
  - {id: call, uses: callee, with: {text: x, tags: '\${{ fromJSON(steps.dig.outputs.x) }}'}}
`,
      { 'tools/callee.yaml': callee },
      { INNER: 'value-of-inner' },
    );
    expect(step('call')?.reason).toMatchObject({
      detail: 'the argument "tags" of callee is nested deeper than 64 levels',
    });
  });

  test('treats an empty `with` value as not given: a default is used, an optional argument is absent, a required one is reported', async () => {
    const nothing = "'${{ steps.none.outputs.x }}'";
    const nothingRead = `"\${{ fromJSON(steps.none.outputs.x || 'null') }}"`;
    const { step, output } = await runMain(
      `
steps:
  - {id: none, if: false, run: 'true'}
  - {id: default, uses: callee, with: {text: x, count: ${nothingRead}, tags: ${nothingRead}}}
  - {id: missed, needs: [none], uses: callee, with: {text: ${nothing}}}
`,
      { 'tools/callee.yaml': callee },
      { INNER: 'value-of-inner' },
    );
    expect(output('default/say')).toContain('x 2 []');
    expect(step('missed')?.reason).toMatchObject({
      why: 'arguments',
      detail: 'callee needs the argument "text", but the expression for it has no value',
    });
  });

  test('that fails fails the calling step, which may be retried or forgiven', async () => {
    const { ends, step, outcome } = await runMain(
      `
steps:
  - {id: twice, uses: broken, retry: {limit: 1, delay: 1ms}, continueOnError: true}
  - {id: after, run: 'true'}
  - {id: fatal, uses: broken}
`,
      { 'tools/broken.yaml': 'steps: [{id: bad, run: exit 4}]' },
    );
    expect(ends).toMatchObject({ twice: 'failed: call', after: 'succeeded', fatal: 'failed: call' });
    expect(step('twice')).toMatchObject({ attempts: 2, reason: { why: 'call', tool: 'broken' } });
    expect(outcome.status).toBe('failed');
  });

  test('whose outputs cannot be evaluated fails', async () => {
    const { outcome } = await runMain(`
outputs: {x: "\${{ fromJSON(steps.a.outputs.x) }}"}
steps: [{id: a, run: 'echo "x={secret words" >> "$LOCKSTEP_OUTPUT"'}]
`);
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: {
        why: 'expression',
        detail:
          'the expression ${{ fromJSON(steps.a.outputs.x) }} cannot be evaluated: fromJSON() was given what is not JSON',
      },
    });
  });
});

test('an `if` that cannot be evaluated fails the step, and is named', async () => {
  const { ends, step } = await runMain(`
steps:
  - {id: a, run: 'true'}
  - {id: bad, if: fromJSON(steps.a.outputs.x).y, run: 'true'}
`);
  expect(ends.bad).toBe('failed: expression');
  expect(step('bad')?.reason).toMatchObject({ detail: expect.stringContaining('fromJSON(steps.a.outputs.x).y') });
});
