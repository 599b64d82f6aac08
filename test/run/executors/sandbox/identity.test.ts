import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeNeeding, sandboxObstacle } from '../../../rig/needing.ts';
import { LOCKSTEP, Repository } from '../../../rig/repository.ts';

const TOOL = `kind: tool
name: look
sandbox: true
network: none
secrets: [TOKEN]
steps: [{run: 'test -n "$TOKEN" && echo given; cat ci.txt 2> /dev/null || echo hidden'}]
`;

describeNeeding(sandboxObstacle(), 'the identity that opens a secret is hidden from the step that gets it', {}, () => {
  test.each([
    ['by --identity', ['--identity', 'ci.txt'], {}, '.'],
    ['by a path from where the command runs', ['--identity', '../ci.txt'], {}, 'sub'],
    ['by the environment', [], { LOCKSTEP_IDENTITY_FILE: 'ci.txt' }, '.'],
    ['by the environment, from a folder below', [], { LOCKSTEP_IDENTITY_FILE: '../ci.txt' }, 'sub'],
  ])('named %s', async (_, options, env, folder) => {
    using repository = new Repository({ 'tools/look.yaml': TOOL });
    await repository.must(['init', '--member', 'ada']);
    await repository.must(['secret', 'set', 'TOKEN'], 'value-of-the-token');
    copyFileSync(join(repository.place, 'home/.config/lockstep/identity.txt'), join(repository.root, 'ci.txt'));
    mkdirSync(join(repository.root, 'sub'));
    const said = execFileSync(process.execPath, [LOCKSTEP, 'run', 'look', ...options], {
      cwd: join(repository.root, folder),
      env: { ...repository.env, ...env },
      encoding: 'utf8',
    });
    expect(said.split('\n').map((line) => line.split(' | ')[1])).toEqual(expect.arrayContaining(['given', 'hidden']));
  });
});
