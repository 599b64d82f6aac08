import { randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { processesWith } from '../rig/processes.ts';
import { soon } from '../rig/soon.ts';
import { Workshop } from '../rig/workshop.ts';

vi.setConfig({ testTimeout: 120_000 });

/** What a step starts that leaves its group. */
const TREES = {
  'in a session of its own': 'setsid sleep 600 &',
  'forked twice, deaf to TERM': `(setsid sh -c "trap '' TERM; sleep 600 & sleep 600" &)`,
  'a hundred, each starting another': 'for i in $(seq 50); do setsid sh -c "sleep 600 & sleep 600" & done',
} as const;
const toolOf = (tree: string, end: string, more = '') => `
args: {mark: {type: string}, up: {type: string}}
steps:
  - id: a
    env: {MARK: '\${{ args.mark }}'}
    ${more}
    run: |
      ${tree}
      echo ready > "$INPUT_UP"; echo ready
      ${end}
`;
const markOf = () => randomBytes(8).toString('hex');
const survivors = (mark: string) => processesWith(`MARK=${mark}`);

describe.each(Object.entries(TREES))('on the host, processes %s', (_, tree) => {
  test.each(['a cancel', 'a cancel at once'])('are gone after %s', async (how) => {
    using workshop = new Workshop({ 'tools/tree.yaml': toolOf(tree, 'sleep 600') });
    const [cancel, kill, mark] = [new AbortController(), new AbortController(), markOf()];
    const options = { signal: cancel.signal, kill: kill.signal, values: { mark, up: workshop.mark('up') } };
    const told = await workshop.run('tree', options, (event) => {
      if (event.type !== 'output' || !event.text.includes('ready')) return;
      cancel.abort();
      if (how === 'a cancel at once') kill.abort();
    });
    expect([told.ends, survivors(mark)]).toEqual([{ a: 'cancelled: cancelled' }, []]);
  });
});

test('on the host, a process in a session of its own is gone after a timeout', async () => {
  using workshop = new Workshop({ 'tools/tree.yaml': toolOf('setsid sleep 600 &', 'sleep 600', 'timeout: 2s') });
  const mark = markOf();
  const { ends } = await workshop.run('tree', { values: { mark, up: workshop.mark('up') } });
  expect([ends, survivors(mark)]).toEqual([{ a: 'failed: timeout' }, []]);
});

test('a step that ends by itself leaves what it has put into a session of its own', async () => {
  using workshop = new Workshop({
    'tools/tree.yaml': toolOf(
      `setsid sh -c 'echo up > "$INPUT_UP"; exec sleep 600' > /dev/null 2>&1 & until [ -s "$INPUT_UP" ]; do sleep 0.05; done`,
      'exit 0',
    ),
  });
  const mark = markOf();
  const { ends } = await workshop.run('tree', { values: { mark, up: workshop.mark('up') } });
  try {
    expect(ends).toEqual({ a: 'succeeded' });
    await soon(() => survivors(mark)).toHaveLength(1);
  } finally {
    for (const pid of survivors(mark)) process.kill(Number(pid), 'SIGKILL');
  }
});
