import { afterEach, describe, expect, test } from 'vitest';
import { Frame } from '../../src/run/frame.ts';
import { Workshop } from '../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

async function frameOf(tool: string, args: Record<string, string> = {}): Promise<Frame> {
  workshop = new Workshop({ 'tools/main.yaml': tool });
  return new Frame((await workshop.project()).tool('main'), args);
}

const STEPS = 'steps: [{id: a, run: "true"}]';

describe('a frame', () => {
  test('evaluates the variables of the tool once, over its arguments', async () => {
    const frame = await frameOf(`args: {x: {type: string}}\nenv: {A: '<\${{ args.x }}>', B: plain}\n${STEPS}`, {
      x: '1',
    });
    expect(frame.variables()).toEqual({ A: '<1>', B: 'plain' });
    expect(frame.variables()).toBe(frame.variables());
  });

  test('names the expression that cannot be evaluated, and no value', async () => {
    const frame = await frameOf(`args: {x: {type: string}}\nenv: {A: '\${{ fromJSON(args.x) }}'}\n${STEPS}`, {
      x: '{"hunter2',
    });
    expect(() => frame.variables()).toThrow('the expression ${{ fromJSON(args.x) }} cannot be evaluated');
  });

  test('shows steps with their results; a property name of every object is not a step', async () => {
    const frame = await frameOf(STEPS);
    frame.states.set('a', { status: 'succeeded', outputs: { x: '1' }, isComplete: true });
    const { steps } = frame.scope({});
    expect(steps).toMatchObject({ a: { status: 'succeeded', outputs: { x: '1' } } });
    expect(steps.constructor).toBeUndefined();
    expect('toString' in steps).toBe(false);
  });
});
