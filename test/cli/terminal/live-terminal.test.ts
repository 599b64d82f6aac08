import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HeldChild, Holder } from '../../rig/held-child.ts';
import { LOCKSTEP } from '../../rig/repository.ts';
import { RunningTerminal } from '../../rig/running-terminal.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
let holder: Holder;

beforeEach(async () => {
  holder = await Holder.open();
  const held = [process.execPath, ...holder.args].map((word) => `'${word}'`).join(' ');
  const step = (id: string) => `{id: ${id}, needs: [], run: "exec ${held}"}`;
  workshop = new Workshop({
    'tools/build.yaml': `steps: [${['one', 'two', 'three'].map(step).join(', ')}, {id: last, needs: [one, two, three], uses: tell}]`,
    'tools/tell.yaml': 'steps: [{id: say, run: echo told}]',
    'agents/ops.yaml': 'description: x\ninstructions: x\ntools: [{name: build, approve: always}]',
  });
});
afterEach(() => {
  holder.close();
  workshop[Symbol.dispose]();
});

function run(args: readonly string[] = [], env = {}, columns = 60) {
  return new RunningTerminal({
    argv: [process.execPath, LOCKSTEP, 'run', 'build', ...args],
    cwd: workshop.root,
    env: { ...workshop.env, TERM: 'xterm', NO_COLOR: '1', ...env },
    columns,
    rows: 24,
  });
}

const three = async () => [await holder.next(), await holder.next(), await holder.next()] as const;
const write = (child: HeldChild, text: string) => child.tell({ do: 'write', stream: 'stdout', text });
const timeless = (shown: string) =>
  shown.replace(/\d+(\.\d+)? (s|min \d+ s)(?= |$)/gm, 'TIME').replace(/\d\.\d+ s\)/, 'TIME)');

describe('a run at a real terminal', () => {
  test('shows its steps below their lines, and leaves only those and the summary', async () => {
    await using terminal = run();
    const children = await three();
    for (const child of children) await write(child, `whole\nhalf \u001b[31m漢字\u001b[0m`);
    const shown = await terminal.until((text) => text.split('half 漢字').length === 4);
    expect(timeless(shown).split('\n').toSorted()).toEqual(
      [
        ...['one', 'two', 'three'].map((name) => `${name} | whole`),
        ...['one', 'two', 'three'].map((name) => `▸ ${name}  TIME  half 漢字`),
        ...['· last', '  · say'],
      ].toSorted(),
    );
    await children[0].tell({ do: 'exit', code: 0 });
    await terminal.until((text) => text.includes('✓'));
    terminal.resize(20, 8);
    await write(children[1], `\n${'x'.repeat(99)}`);
    await terminal.until((text) => /^▸ \w+ {2}[\d.]+ s {2}x+$/m.test(text));
    await children[1].tell({ do: 'exit', code: 0 });
    await children[2].tell({ do: 'exit', code: 0 });
    expect(await terminal.ended).toBe(0);
    const rest = timeless(terminal.screen.text.replaceAll('\n', ''));
    expect(rest).not.toMatch(/[▸·✓]/);
    expect(rest).toMatch(/^(\w+ \| (whole|half 漢字|x+))+last\/say \| toldok build \(5 steps: 5 succeeded; TIME\)$/);
  });

  test('leaves no footer when it is cancelled, or when a step fails', async () => {
    await using terminal = run();
    const children = await three();
    await terminal.until((text) => text.includes('· last'));
    await children[0].tell({ do: 'exit', code: 3 });
    await terminal.until((text) => text.includes('✗'));
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen.text).not.toMatch(/[▸·✓✗]/);
    expect(terminal.screen.text).toContain('cancelled build');
  });

  test('is ended gently when the window is closed', async () => {
    await using terminal = run();
    const children = await three();
    for (const child of children) await child.tell({ do: 'ignore', signal: 'SIGTERM' });
    await terminal.until((text) => text.includes('· last'));
    terminal.hangUp();
    for (const child of children) {
      await write(child, 'nobody reads this\n');
      await child.tell({ do: 'exit', code: 0 });
    }
    expect(await terminal.ended).toBe(129);
    const [summary] = (await workshop.project()).runs.list().runs;
    expect([summary?.status, summary?.interrupted]).toEqual(['cancelled', false]);
  });

  test('asks before it shows, and without a footer over the question', async () => {
    await using terminal = run(['--agent', 'ops'], {}, 100);
    await terminal.until((text) => text.endsWith('[y/N]'));
    terminal.type('y\r');
    for (const child of await three()) await child.tell({ do: 'exit', code: 0 });
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.text).toMatch(
      /^The agent ops calls .*\[y\/N\] y\ncall \| approved by \w+\n(last|ok build)/s,
    );
  });

  test.each([
    ['--json', ['--json'], {}],
    ['a dumb terminal', [], { TERM: 'dumb' }],
    ['CI', [], { CI: 'true' }],
  ])('has no footer with %s', async (_, args, env) => {
    await using terminal = run(args, env);
    const children = await three();
    await write(children[0], 'x\n');
    await terminal.until((text) => text.includes('| x'));
    for (const child of children) await child.tell({ do: 'exit', code: 0 });
    expect(await terminal.ended).toBe(0);
    expect(terminal.bytes).not.toMatch(/[▸·✓]/);
    expect(terminal.bytes).not.toContain('\u001b');
  });
});
