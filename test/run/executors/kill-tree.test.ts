import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeNeeding, sandboxObstacle } from '../../rig/needing.ts';
import { processesWith } from '../../rig/processes.ts';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { type Told, Workshop } from '../../rig/workshop.ts';

const ROUNDS = process.env.LONG ? 10 : 1;

/** What a step starts before it says that it is ready, and then stays. */
const TREES = {
  'in a session of its own': 'setsid sleep 600 &',
  'forked twice, with nobody above it': '(setsid sh -c "sleep 600 & sleep 600" &)',
  'holding the pipe of the output': '(sleep 600; echo never) & (sleep 600; echo never >&2) &',
  'deaf to TERM': `trap '' TERM; (trap '' TERM HUP INT; while :; do sleep 600; done) &`,
  'a hundred, each starting another': 'for i in $(seq 50); do setsid sh -c "sleep 600 & sleep 600" & done',
} as const;
const script = (tree: string, end: string) => `${tree}\necho ready $READY\n${end}`;
const toolOf = (tree: string, end: string, more = '') =>
  `kind: tool
name: tree
description: Starts what does not want to end.
sandbox: true
args: {mark: {type: string}}
steps:
  - {id: a, shell: bash, env: {MARK: '\${{ args.mark }}'}, ${more}run: ${JSON.stringify(script(tree, end))}}
`;

const ENDS: Readonly<Record<string, (workshop: Workshop, mark: string) => Promise<Told>>> = {
  'a cancel': (workshop, mark) => ended(workshop, mark, (cancel) => cancel.abort()),
  'a second Ctrl-C': (workshop, mark) =>
    ended(workshop, mark, (cancel, kill) => {
      cancel.abort();
      kill.abort();
    }),
};

function ended(workshop: Workshop, mark: string, end: (cancel: AbortController, kill: AbortController) => void) {
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const options = { signal: cancel.signal, kill: kill.signal, values: { mark } };
  return workshop.run('tree', options, (event) => {
    if (event.type === 'output' && event.text.includes('ready')) end(cancel, kill);
  });
}

const markOf = () => randomBytes(8).toString('hex');
const survivors = (mark: string) => processesWith(`MARK=${mark}`);
/** The kernel ends what dies with its parent, and is waited for. */
const gone = (mark: string) => expect.poll(() => survivors(mark), { timeout: 25_000, interval: 20 }).toEqual([]);

/** 5 trees x 4 ends x 10 rounds are the 200 runs of the long form. */
describeNeeding(sandboxObstacle(), 'of a step in a sandbox nothing is left', { timeout: 60_000 * ROUNDS }, () => {
  describe.each(Object.entries(TREES))('that left processes %s', (_, tree) => {
    test.each(Object.keys(ENDS))('after %s', async (end) => {
      for (let round = 0; round < ROUNDS; round++) {
        using workshop = new Workshop({ 'tools/tree.yaml': toolOf(tree, 'sleep 600') });
        const mark = markOf();
        const told = await ENDS[end]?.(workshop, mark);
        expect([told?.ends, survivors(mark)]).toEqual([{ a: 'cancelled: cancelled' }, []]);
      }
    });

    test('after it has ended without a signal', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        using workshop = new Workshop({ 'tools/tree.yaml': toolOf(tree, 'exit 3') });
        const mark = markOf();
        const { ends, outcome } = await workshop.run('tree', { values: { mark } });
        expect([ends, outcome.steps[0]?.exitCode, survivors(mark)]).toEqual([{ a: 'failed: exit-code' }, 3, []]);
      }
    });

    test('after a SIGKILL of its runner', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        using repository = new Repository({ 'tools/tree.yaml': toolOf(tree, 'sleep 600') });
        const mark = markOf();
        await using running = new RunningProgram(repository, ['run', 'tree', '--arg', `mark=${mark}`]);
        await running.until('ready');
        expect(survivors(mark).length).toBeGreaterThan(0);
        running.signal('SIGKILL');
        await running.ended;
        await gone(mark);
      }
    });
  });

  test('after its timeout', async () => {
    const tree = Object.values(TREES).join('\n');
    using workshop = new Workshop({ 'tools/tree.yaml': toolOf(tree, 'sleep 600', 'timeout: 2s, ') });
    const mark = markOf();
    expect([(await workshop.run('tree', { values: { mark } })).ends, survivors(mark)]).toEqual([
      { a: 'failed: timeout' },
      [],
    ]);
  });
});
