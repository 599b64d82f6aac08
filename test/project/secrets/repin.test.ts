import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';

const TOOL = 'kind: tool\nname: post\nsecrets: [TOKEN]\nfiles: [../scripts/post.sh]\nsteps:\n';
const STEP = '  - {id: send, run: scripts/post.sh "$TOKEN"}\n';
const CALL = '  - {id: note, uses: note}\n';

function git(repository: Repository, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: repository.root, encoding: 'utf8' });
}

function commit(repository: Repository, message: string): string {
  git(repository, 'add', '-A');
  git(repository, 'commit', '--quiet', '--allow-empty', '-m', message);
  return git(repository, 'rev-parse', 'HEAD').trim();
}

describe('secret repin', () => {
  let repository: Repository;
  let granted: string;
  beforeEach(async () => {
    repository = new Repository({
      'tools/post.yaml': TOOL + STEP + CALL,
      'tools/note.yaml': 'kind: tool\nname: note\nsteps:\n  - {id: one, run: echo one}\n',
      'scripts/post.sh': '#!/bin/sh\necho posted\n',
    });
    git(repository, 'init', '--quiet', '--initial-branch=main');
    await repository.must(['init']);
    await repository.must(['group', 'set', 'default', '--pinned']);
    await repository.must(['secret', 'set', 'TOKEN', '--allow', 'exec'], 'value-of-the-token');
    await repository.must(['secret', 'set', 'OTHER', '--allow', 'tool:note'], 'value-of-another');
    await repository.must(['secret', 'grant', 'TOKEN', '--to', 'tool:post', '--pin']);
    granted = commit(repository, 'as it was granted');
  });

  const plan = async () => (await repository.lockstep(['plan', 'post'])).stdout;

  test.each([
    ['the definition', 'tools/post.yaml', `${TOOL}${STEP.replace('send', 'sent')}${CALL}`, '+  - {id: sent'],
    ['a file that it lists', 'scripts/post.sh', '#!/bin/sh\necho stolen\n', '+echo stolen'],
    [
      'a tool that it calls',
      'tools/note.yaml',
      'kind: tool\nname: note\nsteps:\n  - {id: one, run: echo two}\n',
      '+  - {id: one, run: echo two}',
    ],
  ])('after a change of %s shows what changed, and grants to the current form', async (_, path, text, shown) => {
    expect(await plan()).toContain('granted to tool:post@sha256:');
    commit(repository, 'in between');
    repository.write(path, text);
    const refused = await plan();
    expect(refused).toContain('lockstep secret repin post --group default');
    const run = await repository.lockstep(['run', 'post']);
    expect(run.code).toBe(1);
    const asked = await repository.lockstep(['secret', 'repin', 'post']);
    expect(asked.stdout).toContain(`commit ${granted.slice(0, 12)} of `);
    expect(asked.stdout).toContain(shown);
    expect(asked.code).toBe(3);
    expect(await plan()).toBe(refused);
    const said = await repository.must(['secret', 'repin', 'post', '--yes']);
    expect(said).toMatch(/granted TOKEN in default to post as it is now\n$/);
    expect(await plan()).toContain('granted to tool:post@sha256:');
    const { allow } = JSON.parse(await repository.must(['secret', 'show', 'TOKEN', '--json']));
    expect(allow).toEqual(['exec', expect.stringMatching(/^tool:post@sha256:[0-9a-f]{64}$/)]);
    expect(await repository.must(['secret', 'repin', 'post'])).toBe(
      'every grant of post in default is for what it is now\n',
    );
  });

  test('finds the granted form in an older commit, and reports when no commit has it', async () => {
    repository.write('scripts/post.sh', '#!/bin/sh\necho changed once\n');
    commit(repository, 'changed');
    repository.write('scripts/post.sh', '#!/bin/sh\necho changed twice\n');
    commit(repository, 'changed again');
    const preview = JSON.parse(await repository.must(['secret', 'repin', 'post', '--yes', '--json']));
    expect(preview).toMatchObject({ tool: 'post', group: 'default', secrets: ['TOKEN'], forms: [{ commit: granted }] });
    repository.write('scripts/post.sh', '#!/bin/sh\necho never committed\n');
    await repository.must(['secret', 'repin', 'post', '--yes']);
    repository.write('scripts/post.sh', '#!/bin/sh\necho other\n');
    expect(await repository.must(['secret', 'repin', 'post', '--yes'])).toContain('what it was is unknown');
  });

  test('keeps the variable that a grant allows, and other tools’ grants', async () => {
    await repository.must(['secret', 'grant', 'TOKEN', '--to', 'tool:post', '--pin', '--as', 'PATH']);
    await repository.must(['secret', 'grant', 'TOKEN', '--to', 'tool:note', '--pin']);
    const before = JSON.parse(await repository.must(['secret', 'show', 'TOKEN', '--json'])).allow;
    repository.write('scripts/post.sh', '#!/bin/sh\necho changed\n');
    await repository.must(['secret', 'repin', 'post', '--yes']);
    const after: string[] = JSON.parse(await repository.must(['secret', 'show', 'TOKEN', '--json'])).allow;
    expect(after.filter((grant) => before.includes(grant))).toEqual(
      before.filter((one: string) => !one.includes(':post')),
    );
    expect(after.filter((grant) => grant.endsWith(' as:PATH')).length).toBe(1);
    expect(after.length).toBe(before.length);
  });

  test('lets no text of a definition steer the terminal', async () => {
    repository.write('scripts/post.sh', '#!/bin/sh\n# \u001b[2J\u202e hidden\n');
    const { stdout } = await repository.lockstep(['secret', 'repin', 'post']);
    expect(stdout).toContain('hidden');
    for (const character of ['\u001b', '\u202e']) expect(stdout).not.toContain(character);
  });

  test('needs a grant by digest, and a tool', async () => {
    const none = await repository.lockstep(['secret', 'repin', 'note']);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('no secret of default is granted to one form of note only');
    expect((await repository.lockstep(['secret', 'repin', 'pots'])).stderr).toContain('did you mean "post"?');
  });
});
