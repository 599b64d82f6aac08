import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leaksOf } from '../rig/leaks.ts';
import { Repository } from '../rig/repository.ts';

const VALUE = 'canary-of-life-"quoted"-\\back-ü-5531';

test('no command in the life of a value leaves it in files, state, audit log, Git objects or memory', async () => {
  const repository = new Repository({}, true);
  onTestFinished(() => repository[Symbol.dispose]());
  repository.env.TMPDIR = join(repository.place, 'tmp');
  mkdirSync(repository.env.TMPDIR);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository.root, env: repository.env });
  git('init', '--quiet');
  const commit = () => {
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'x');
  };
  await repository.must(['init', '--member', 'ada']);
  const steps: readonly (readonly [args: readonly string[], input?: string])[] = [
    [['secret', 'set', 'TOKEN', '--allow', 'exec'], VALUE],
    [['secret', 'rotate', 'TOKEN', '--command', 'printf another-value']],
    [['secret', 'rollback', 'TOKEN', '--to', '1']],
    [['exec', '--secret', 'TOKEN', '--', 'sh', '-c', 'printf %s "$TOKEN"']],
    [['secret', 'import', '-', '--yes', '--format', 'json'], JSON.stringify({ OTHER: VALUE })],
    [['secret', 'export', '--format', 'json', '--stdout']],
    [['group', 'add', 'prod']],
    [['secret', 'move', 'OTHER', '--to', 'prod', '--group', 'default']],
    [['secret', 'history', 'TOKEN', '--group', 'default']],
  ];
  for (const [args, input] of steps) {
    const said = await repository.must(args, input);
    commit();
    expect(leaksOf(repository, VALUE), args.join(' ')).toEqual([]);
    if (args[1] !== 'export') expect(said).not.toContain('canary-of-life');
  }
  const back = await repository.must(['secret', 'reveal', 'OTHER', '--stdout', '--group', 'prod']);
  expect(back).toBe(VALUE);
});
