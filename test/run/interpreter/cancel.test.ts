import { afterEach, describe, expect, test } from 'vitest';
import type { Event } from '../../../src/run/event.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** Calls `act` when the step has printed the word. */
const onWord =
  (step: string, word: string, act: () => void) =>
  (event: Event): void => {
    if (event.type === 'output' && event.step === step && event.text.includes(word)) act();
  };

describe('a cancel', () => {
  test('sends TERM to all running steps, starts only always() and cancelled() steps, and ends as cancelled', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
steps:
  - {id: long, run: "trap 'echo asked; exit 0' TERM; echo ready; sleep 600 & wait"}
  - {id: next, run: 'true'}
  - {id: tidy, needs: [long], if: always(), run: echo tidied}
  - {id: told, needs: [long], if: cancelled(), run: 'true'}
  - {id: failed, needs: [long], if: failure(), run: 'true'}
  - {id: fine, needs: [long], if: success(), run: 'true'}
  - {id: last, needs: [tidy], run: 'true'}
`,
    });
    const controller = new AbortController();
    const { ends, output, outcome } = await workshop.run(
      'main',
      { signal: controller.signal },
      onWord('long', 'ready', () => controller.abort()),
    );
    expect(ends).toEqual({
      long: 'cancelled: cancelled',
      next: 'cancelled: cancelled',
      tidy: 'succeeded',
      told: 'succeeded',
      failed: 'skipped: condition',
      fine: 'skipped: condition',
      last: 'cancelled: cancelled',
    });
    expect(output('long')).toBe('ready\nasked\n');
    expect(output('tidy')).toBe('tidied\n');
    expect(outcome).toMatchObject({ status: 'cancelled', outputs: {} });
  });

  test('reaches the whole group of a step, and the steps of a called tool, whose always() steps run too', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': 'steps: [{id: call, uses: inner, retry: {limit: 3}}]',
      'tools/inner.yaml': `
steps:
  - {id: deep, run: "sh -c 'trap \\"echo child asked; exit 0\\" TERM; echo ready; sleep 600 & wait'"}
  - {id: tidy, if: always(), run: 'true'}
`,
    });
    const controller = new AbortController();
    const { ends, output, outcome } = await workshop.run(
      'main',
      { signal: controller.signal },
      onWord('call/deep', 'ready', () => controller.abort()),
    );
    expect(output('call/deep')).toBe('ready\nchild asked\n');
    expect(ends).toEqual({
      'call/deep': 'cancelled: cancelled',
      'call/tidy': 'succeeded',
      call: 'cancelled: cancelled',
    });
    expect(outcome.status).toBe('cancelled');
  });

  test('before the first step starts lets nothing start', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': 'args: {m: {type: string}}\nsteps: [{id: a, run: touch "$INPUT_M"}]',
    });
    const { outcome } = await workshop.run('main', {
      values: { m: workshop.mark('m') },
      signal: AbortSignal.abort(),
    });
    expect(outcome.status).toBe('cancelled');
    expect(workshop.marked('m')).toBe(false);
  });

  test('cannot be held up by a reader that has stopped', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': 'steps: [{id: a, run: "while :; do seq 1 10000; done"}]',
    });
    const controller = new AbortController();
    const run = (await workshop.project()).run('main', { signal: controller.signal });
    const reader = run[Symbol.asyncIterator]();
    for (let type = ''; type !== 'output'; ) type = (await reader.next()).value?.type ?? '';
    controller.abort();
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
  });
});

describe('a second cancel', () => {
  test('kills steps that ignore the first', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
steps: [{id: deaf, run: "trap 'echo asked' TERM; echo ready; while :; do sleep 600 & wait || true; done"}]`,
    });
    const [cancel, kill] = [new AbortController(), new AbortController()];
    const { ends, outcome } = await workshop.run('main', { signal: cancel.signal, kill: kill.signal }, (event) => {
      onWord('deaf', 'ready', () => cancel.abort())(event);
      onWord('deaf', 'asked', () => kill.abort())(event);
    });
    expect(ends.deaf).toBe('cancelled: cancelled');
    expect(outcome.status).toBe('cancelled');
  });

  test('kills always() steps, and starts no more of them', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
steps:
  - {id: long, run: echo ready; sleep 600}
  - {id: tidy, if: always(), run: echo tidying; sleep 600}
  - {id: more, if: always(), run: 'echo more'}
`,
    });
    const [cancel, kill] = [new AbortController(), new AbortController()];
    const { ends, output } = await workshop.run('main', { signal: cancel.signal, kill: kill.signal }, (event) => {
      onWord('long', 'ready', () => cancel.abort())(event);
      onWord('tidy', 'tidying', () => kill.abort())(event);
    });
    expect(ends).toEqual({
      long: 'cancelled: cancelled',
      tidy: 'cancelled: cancelled',
      more: 'cancelled: cancelled',
    });
    expect(output('more')).toBe('');
  });
});
