import { afterEach, describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/run/event.ts';
import { type Told, Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

async function runMain(main: string, values: Record<string, string> = {}): Promise<Told> {
  workshop = await Workshop.open({ 'tools/main.yaml': main });
  return workshop.run('main', { values });
}

function why({ step }: Told, id: string): string {
  const reason = step(id)?.reason;
  return reason === undefined ? '' : describeReason(reason);
}

describe('a step that succeeds and does not write an output that it declares', () => {
  test('fails, and names the missing outputs', async () => {
    const told = await runMain(`steps:
  - {id: a, outputs: [one, {name: two, sensitive: true}, three], run: 'echo three=3 >> "$LOCKSTEP_OUTPUT"'}
  - {id: b, run: echo on}
`);
    expect(told.step('a')).toMatchObject({ status: 'failed', exitCode: 0 });
    expect(why(told, 'a')).toBe('it did not write the output "one" and the output "two", which it declares');
    expect(told.step('b')?.status).toBe('skipped');
  });

  test.each([
    ['json', 'a key of the object', `echo '{"x": 1}'`, 'failed'],
    ['json', 'an empty text', `echo '{"x": 1, "y": ""}'`, 'succeeded'],
    ['text', 'a line', 'echo y=1', 'failed'],
  ])('fails with `output: %s` too, where %s is what it lacks or writes', async (output, _, script, status) => {
    const told = await runMain(`steps: [{id: a, output: ${output}, outputs: [y], run: ${JSON.stringify(script)}}]`);
    expect(told.step('a')?.status).toBe(status);
  });

  test('is retried like any other failure', async () => {
    const told = await runMain(
      `steps: [{id: a, retry: {limit: 1, delay: 1ms}, outputs: [x], run: 'test ! -e "$TMPDIR/x" || true'}]`,
    );
    expect(told.step('a')).toMatchObject({ status: 'failed', attempts: 2 });
  });

  test('among the items of a `forEach` fails its item', async () => {
    const told = await runMain(`args: {items: {type: array, default: [a, b]}}
steps:
  - id: each
    forEach: '\${{ args.items }}'
    maxParallel: 1
    outputs: [x]
    run: 'test "$ITEM" = b || echo x=1 >> "$LOCKSTEP_OUTPUT"'
`);
    expect(why(told, 'each')).toBe('item 1: it did not write the output "x", which it declares');
  });
});

describe('an expression that names an output which its step did not write', () => {
  const over = (expression: string, first = 'run: \'echo y=1 >> "$LOCKSTEP_OUTPUT"\'') => `
args: {name: {type: string, default: x}, none: {type: array, default: []}}
steps:
  - {id: a, ${first}}
  - {id: b, if: always(), env: {X: "\${{ ${expression} }}"}, run: 'echo "[$X]"'}
`;

  test.each(['steps.a.outputs.x', "steps.a.outputs.x || 'other'", 'steps.a.outputs[args.name]'])(
    '%s fails',
    async (expression) => {
      const told = await runMain(over(expression));
      expect(why(told, 'b')).toBe(
        `the expression \${{ ${expression} }} cannot be evaluated: the step "a" did not write the output "x"`,
      );
    },
  );

  test.each([
    ["args.name == 'y' && steps.a.outputs.x || 'other'", 'other'],
    ['join(steps.*.outputs.x)', ''],
    ["join(steps.*.outputs.y, ',')", '1'],
    ["format('{0}', steps.a.outputs.Y)", '1'],
  ])('%s names no missing output', async (expression, text) => {
    const told = await runMain(over(expression));
    expect(told.output('b')).toBe(`[${text}]\n`);
  });

  test.each([
    ['was skipped', "if: false, run: 'true'"],
    ['failed', 'continueOnError: true, run: exit 1'],
    ['had no items', "forEach: '${{ args.none }}', run: 'true'"],
  ])('gets an empty text where the step %s', async (_, first) => {
    const told = await runMain(over('steps.a.outputs.x', first));
    expect(told.output('b')).toBe('[]\n');
  });

  test('fails the tool where it is an output of the tool', async () => {
    const { outcome } = await runMain("outputs: {x: '${{ steps.a.outputs.x }}'}\nsteps: [{id: a, run: 'true'}]");
    expect(outcome).toMatchObject({ status: 'failed', reason: { why: 'expression' }, outputs: {} });
  });
});
