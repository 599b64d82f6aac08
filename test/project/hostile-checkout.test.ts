import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeSchemas } from '../../src/project/authoring/schema-files.ts';
import { BY_NAME } from '../../src/project/git/git-call.ts';
import { installHook } from '../../src/project/git/git-hook.ts';
import { installInGit } from '../../src/project/git/git-install.ts';
import { createText, replaceText } from '../../src/project/repository/write-text.ts';
import { credentialShapes } from '../../src/project/scanning/credential-shapes.ts';
import { Repository } from '../rig/repository.ts';
import { Workshop } from '../rig/workshop.ts';

function git(root: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'pipe' });
}

describe('a committed link does not lead a write outside', () => {
  let workshop: Workshop;
  let outside: string;
  beforeEach(() => {
    workshop = new Workshop();
    git(workshop.root, 'init', '-q');
    outside = join(workshop.place, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'mine'), '# mine\n');
  });
  afterEach(() => {
    expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('# mine\n');
    expect(execFileSync('ls', ['-A', outside], { encoding: 'utf8' })).toBe('mine\n');
    workshop[Symbol.dispose]();
  });

  test('of git install', async () => {
    mkdirSync(join(workshop.root, 'vault'));
    symlinkSync(join(outside, 'mine'), join(workshop.root, 'vault/.gitattributes'));
    await expect(installInGit(workshop.root, workshop.env, BY_NAME)).rejects.toMatchObject({ code: 'vault/malformed' });
  });

  test('of git install, where the vault is a link', async () => {
    symlinkSync(outside, join(workshop.root, 'vault'));
    await expect(installInGit(workshop.root, workshop.env, BY_NAME)).rejects.toMatchObject({ code: 'vault/malformed' });
  });

  test('of the hook, where core.hooksPath names a committed folder', async () => {
    git(workshop.root, 'config', 'core.hooksPath', '.githooks');
    symlinkSync(outside, join(workshop.root, '.githooks'));
    await expect(installHook(workshop.root, workshop.env, BY_NAME)).rejects.toMatchObject({ code: 'file/unreadable' });
  });

  test('of the schemas', async () => {
    symlinkSync(outside, join(workshop.root, 'schemas'));
    await expect(writeSchemas(workshop.root)).rejects.toMatchObject({ code: 'file/unwritable' });
  });

  test('of a new text: a link in the place of its folder is refused, a link in its own place is kept', async () => {
    symlinkSync(outside, join(workshop.root, 'tools'));
    symlinkSync(join(outside, 'absent'), join(workshop.root, 'new.yaml'));
    await expect(createText(workshop.root, 'tools/x.yaml', 'x')).rejects.toMatchObject({ code: 'file/unwritable' });
    expect(await createText(workshop.root, 'new.yaml', 'x')).toBe(false);
  });

  test('of a replaced text: the file replaces the link', async () => {
    symlinkSync(join(outside, 'mine'), join(workshop.root, 'a.yaml'));
    await replaceText(workshop.root, 'a.yaml', 'x');
    expect(readFileSync(join(workshop.root, 'a.yaml'), 'utf8')).toBe('x');
  });

  test('git install does not wait for a pipe in the place of the attributes', async () => {
    mkdirSync(join(workshop.root, 'vault'));
    execFileSync('mkfifo', [join(workshop.root, 'vault/.gitattributes')]);
    await expect(installInGit(workshop.root, workshop.env, BY_NAME)).rejects.toMatchObject({ code: 'vault/malformed' });
  });
});

test('an excerpt shows no line of an ignored file or an identity that a definition links to', async () => {
  using repository = new Repository({ '.env': 'PASSWORD=hunter2\n', 'id.txt': 'AGE-SECRET-KEY-1QQQ\n' });
  mkdirSync(join(repository.root, 'tools'));
  symlinkSync('../.env', join(repository.root, 'tools/a.yaml'));
  symlinkSync('../id.txt', join(repository.root, 'tools/b.yaml'));
  for (const format of ['text', 'json', 'sarif', 'github']) {
    const { stdout, stderr } = await repository.lockstep(['check', '--format', format]);
    expect(stdout).toContain('symbolic link');
    expect(stdout + stderr).not.toMatch(/hunter2|AGE-SECRET/);
  }
});

test('the work of a scan grows only with the length of a text', async () => {
  const long = 'eyJaaaaaaaaaa-'.repeat(80_000);
  expect(await credentialShapes('x.txt', long)).toEqual([]);
  const token = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.${'a'.repeat(43)}`;
  const jwt = { at: long.length + 1, shape: 'jwt: SIGNED_TOKEN' };
  expect(await credentialShapes('x.txt', `${long} ${token}`)).toEqual([jwt]);
});

/** Each names a program, `PROGRAM`, that leaves a mark when it runs. */
const HOSTILE_CONFIG = `
[core]
  fsmonitor = PROGRAM
  hooksPath = HOOKS
  pager = PROGRAM
  sshCommand = PROGRAM
  gitProxy = PROGRAM
  editor = PROGRAM
  askPass = PROGRAM
[diff]
  external = PROGRAM
[diff "evil"]
  command = PROGRAM
  textconv = PROGRAM
[filter "evil"]
  clean = PROGRAM
  smudge = PROGRAM
  process = PROGRAM
[tar "tar"]
  command = PROGRAM
[credential]
  helper = !PROGRAM
[gpg]
  program = PROGRAM
[log]
  showSignature = true
[pager]
  log = PROGRAM
  diff = PROGRAM
[extensions]
  partialClone = origin
[remote "origin"]
  url = ext::PROGRAM
  promisor = true
  partialclonefilter = blob:none
[protocol]
  allow = always
[protocol "ext"]
  allow = always
`;

const KUBIYA = `tools:
  - name: old
    description: Says hello.
    type: docker
    image: busybox
    content: echo hello
`;

test('nothing that a repository configures runs when Lockstep reads Git', { timeout: 120_000 }, async () => {
  using repository = new Repository({
    'tools/post.yaml': 'kind: tool\nname: post\nsecrets: [TOKEN]\nsteps:\n  - {run: echo one}\n',
  });
  git(repository.root, 'init', '-q', '--initial-branch=main');
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN', '--allow', 'exec'], 'value-of-the-token');
  await repository.must(['secret', 'grant', 'TOKEN', '--to', 'tool:post', '--pin']);
  git(repository.root, 'add', '-A');
  git(repository.root, 'commit', '-qm', 'good');
  repository.write(
    'tools/post.yaml',
    'kind: tool\nname: post\nsecrets: [TOKEN]\nsteps:\n  - {run: echo evil.example}\n',
  );
  repository.write('.gitattributes', '* -diff filter=evil\n*.yaml diff=evil\n');
  repository.write('old/k.yaml', KUBIYA);
  git(repository.root, 'add', '-A');
  git(repository.root, 'commit', '-qm', 'evil');

  const hooks = join(repository.place, 'hooks');
  const [program, mark] = [join(hooks, 'pre-commit'), join(repository.place, 'ran')];
  mkdirSync(hooks);
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> '${mark}'\ncat\n`, { mode: 0o755 });
  const config = join(repository.root, '.git/config');
  const hostile = HOSTILE_CONFIG.replaceAll('PROGRAM', program).replaceAll('HOOKS', hooks);
  writeFileSync(config, readFileSync(config, 'utf8') + hostile);
  writeFileSync(
    join(repository.root, 'tools/post.yaml'),
    `${readFileSync(join(repository.root, 'tools/post.yaml'), 'utf8')}# changed\n`,
  );

  for (const command of [
    ['check'],
    ['plan', 'post'],
    ['scan'],
    ['scan', '--staged'],
    ['secret', 'list'],
    ['secret', 'history', 'TOKEN'],
    ['tool', 'list'],
    ['fmt', '--check'],
    ['git', 'install'],
    ['git', 'install', '--hooks'],
    ['convert', 'old/k.yaml', '--out', 'converted'],
    ['schema', 'tool', '--write'],
    ['new', 'tool', 'fresh'],
  ]) {
    await repository.lockstep(command);
    expect(existsSync(mark), command.join(' ')).toBe(false);
  }
  for (const made of ['converted/old.yaml', 'schemas/tool.schema.json', 'tools/fresh.yaml'])
    expect(existsSync(join(repository.root, made)), made).toBe(true);
  const { stdout } = await repository.lockstep(['secret', 'repin', 'post']);
  expect(stdout).toContain('+  - {run: echo evil.example}');
  expect(existsSync(mark)).toBe(false);
});

test('a file that Git ignores is not quoted, even if lockstep.yaml names it as a definition', async () => {
  using repository = new Repository({
    'lockstep.yaml': 'definitions: [tools, local]\n',
    'tools/a.yaml': 'kind: tool\nname: a\nsteps: [{id: x, uses: leak}]\n',
    'local/prod.yaml':
      'kind: tool\nname: leak\nhunter2key: hunter2value\nsteps: [{id: hunter2id, uses: hunter2tool}]\n',
    '.gitignore': 'local/\n',
  });
  git(repository.root, 'init', '-q');
  const commands = [
    ['check'],
    ...['github', 'sarif'].map((format) => ['check', '--format', format]),
    ['check', '--json'],
    ['plan', 'leak'],
    ['plan', 'leak', '--json'],
    ['run', 'a'],
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await repository.lockstep(command);
    expect([command, code]).toEqual([command, 1]);
    expect(stdout + stderr).toContain('Git ignores the file');
    expect(stdout + stderr).not.toMatch(/hunter2(?:key|value)/);
  }
});
