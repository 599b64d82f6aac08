import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';

const TOOLS = {
  'tools/pay.yaml': `kind: tool
name: pay
steps:
  - {id: quote, run: 'echo quoted >> done'}
  - {id: pay, run: 'echo paid >> done'}
`,
  'tools/loud.yaml': `kind: tool
name: loud
steps:
  - {id: talk, run: 'head -c 100000 /dev/zero | tr "\\0" x; echo'}
  - {id: pay, run: 'echo paid >> done'}
`,
};

const newestJournal = (repository: Repository) => {
  const folder = join(repository.place, 'state', 'runs');
  const [name = ''] = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .reverse();
  return join(folder, name);
};
const done = (repository: Repository) => readFileSync(join(repository.root, 'done'), 'utf8');

/** As a run that was killed before its end leaves it, with this done to its lines. */
async function interruptedRun(repository: Repository, change: (lines: string[]) => string[]): Promise<void> {
  await repository.must(['run', 'pay']);
  const path = newestJournal(repository);
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -2);
  writeFileSync(path, `${change(lines).join('\n')}\n`);
}

describe('a run is identified', () => {
  test('by the beginning or the end of its name, by `last`, or not at all', async () => {
    using repository = new Repository(TOOLS);
    await repository.must(['run', 'pay']);
    await repository.must(['run', 'loud']);
    const { runs } = JSON.parse(await repository.must(['runs', 'list', '--json'])) as {
      runs: { run: string; tool: string }[];
    };
    const [newest, oldest] = runs.map(({ run }) => run);
    for (const name of [oldest, oldest?.slice(-6), oldest?.slice(0, -2)])
      expect(JSON.parse(await repository.must(['runs', 'show', name ?? '', '--json']))).toMatchObject({ run: oldest });
    for (const name of [[], ['last']])
      expect(JSON.parse(await repository.must(['runs', 'show', ...name, '--json']))).toMatchObject({ run: newest });
    expect((await repository.lockstep(['runs', 'show', 'zzz'])).stderr).toContain('there is no run "zzz"');
    expect(await repository.must(['logs', '--timestamps', '--step', 'talk'])).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z talk \| x/,
    );
  });

  test('not where no run exists', async () => {
    using repository = new Repository(TOOLS);
    expect((await repository.lockstep(['runs', 'show'])).stderr).toContain('this repository has no runs');
  });
});

describe('a step without a record does not count as not done', () => {
  test('a run that was killed continues from its record', async () => {
    using repository = new Repository(TOOLS);
    await interruptedRun(repository, (lines) => lines);
    expect(await repository.must(['runs', 'list'])).toContain('interrupted');
    await repository.must(['runs', 'resume', 'last']);
    expect(done(repository)).toBe('quoted\npaid\n');
  });

  test('a journal that is damaged in the middle', async () => {
    using repository = new Repository(TOOLS);
    const notice = JSON.stringify({ time: new Date().toISOString(), type: 'notice', step: 'pay', message: 'later' });
    const isEndOfPay = (line: string) => line.includes('"ended"') && line.includes('"pay"');
    await interruptedRun(repository, (lines) => [
      ...lines.map((line) => (isEndOfPay(line) ? line.slice(0, 40) : line)),
      notice,
    ]);
    expect(await repository.must(['runs', 'list'])).toContain('unknown');
    const { stderr, code } = await repository.lockstep(['runs', 'resume', 'last']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('has a gap: steps that are not on record may have run'),
    ]);
    expect((await repository.lockstep(['runs', 'retry', 'last'])).stderr).toContain('has a gap');
    expect(done(repository)).toBe('quoted\npaid\n');
    await repository.must(['runs', 'resume', 'last', '--repeat-unknown']);
    expect(done(repository)).toBe('quoted\npaid\npaid\n');
  });

  test('a journal on a full disk while the run ends well', async () => {
    using repository = new Repository(TOOLS);
    const limited = ['trap "" XFSZ; ulimit -f 40; exec "$@"', 'sh', process.execPath, LOCKSTEP, 'run', 'loud'];
    const { status } = spawnSync('bash', ['-c', ...limited], { cwd: repository.root, env: repository.env });
    expect(status).toBe(0);
    expect(await repository.must(['runs', 'list'])).toContain('unknown');
    expect((await repository.lockstep(['runs', 'resume', 'last'])).stderr).toContain('has a gap');
    expect(done(repository)).toBe('paid\n');
  });
});
