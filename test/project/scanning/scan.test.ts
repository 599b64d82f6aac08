import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BY_NAME } from '../../../src/project/git/git-call.ts';
import { installHook } from '../../../src/project/git/git-hook.ts';
import { scan } from '../../../src/project/scanning/scan.ts';
import { ValueFinder } from '../../../src/project/scanning/value-finder.ts';
import { SecretValue } from '../../../src/vault/secret-value.ts';
import { LOCKSTEP } from '../../rig/repository.ts';
import { Workshop } from '../../rig/workshop.ts';

const VALUE = 'correct-horse "battery" staple/ü?&+';
const PEM = 'first-line-of-it\nsecond-line-of-it\nshort\n';
/** Put together here, so that this file itself holds none. */
const GITHUB = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const AGE = `AGE-SECRET-KEY-1${'QPZRY9X8GF'.repeat(6)}`;

function git(workshop: Workshop, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: workshop.root,
    env: workshop.env,
    stdio: 'pipe',
  });
}

async function opened(): Promise<Workshop> {
  const workshop = await Workshop.open({}, { TOKEN: VALUE, CERT: PEM, PIN: '1234' });
  git(workshop, 'init', '-q', '-b', 'main');
  git(workshop, 'add', '-A');
  git(workshop, 'commit', '-qm', 'vault');
  return workshop;
}

async function found(workshop: Workshop, options: Parameters<typeof scan>[2] = {}, env = {}): Promise<string[]> {
  const report = await scan(await workshop.project(env), { ...workshop.env, ...env }, options);
  expect(JSON.stringify(report)).not.toContain('correct-horse');
  expect(report.ok).toBe(report.findings.length === 0);
  return report.findings.map(
    ({ file, line, column, secret, shape }) => `${file}:${line}:${column} ${secret?.name ?? shape}`,
  );
}

describe('a scan', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await opened();
    return () => workshop[Symbol.dispose]();
  });

  test('of a repository with only a vault finds nothing', async () => {
    expect(await found(workshop)).toEqual([]);
  });

  test.each([
    ['raw', VALUE],
    ['base64 at 0', Buffer.from(VALUE).toString('base64')],
    ['base64 at 1', Buffer.from(`x${VALUE}yz`).toString('base64')],
    ['base64 at 2', Buffer.from(`xx${VALUE}y`).toString('base64')],
    ['base64url', Buffer.from(`Basic:${VALUE}`).toString('base64url')],
    ['hex', Buffer.from(VALUE).toString('hex')],
    ['HEX', Buffer.from(VALUE).toString('hex').toUpperCase()],
    ['URL', encodeURIComponent(VALUE)],
    ['JSON', JSON.stringify({ inner: VALUE })],
  ])('finds a value written as %s, with its place', async (_, written) => {
    workshop.write('notes.txt', `first\nüber ${written} end\n`);
    const [finding, ...others] = await found(workshop);
    expect(finding).toMatch(/^notes\.txt:2:\d+ TOKEN$/);
    expect(others).toEqual([]);
    workshop.write('notes.txt', 'nothing');
  });

  test('counts columns in characters', async () => {
    workshop.write('notes.txt', `über ${VALUE}`);
    expect(await found(workshop)).toEqual(['notes.txt:1:6 TOKEN']);
    workshop.write('notes.txt', 'nothing');
  });

  test('finds one line of a value, but no short one, nor a short value', async () => {
    workshop.write('notes.txt', 'a second-line-of-it\nshort\n1234\n');
    expect(await found(workshop)).toEqual(['notes.txt:1:3 CERT']);
    workshop.write('notes.txt', 'nothing');
  });

  test('finds values in binary files and in definitions, credentials in text', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from(VALUE)]);
    writeFileSync(join(workshop.root, 'image.bin'), bytes);
    workshop.write('tools/t.yaml', `steps:\n  - run: curl -H "Authorization: token ${GITHUB}"\n`);
    workshop.write('key.txt', `${AGE}\n`);
    expect(await found(workshop)).toEqual([
      'image.bin:2:1 TOKEN',
      'key.txt:1:1 age: SECRET_KEY',
      expect.stringMatching(/^tools\/t\.yaml:4:\d+ github: /),
    ]);
    expect(await found(workshop, { paths: ['tools', 'notes.txt'] })).toHaveLength(1);
    expect(await found(workshop, { paths: ['key.txt'] })).toHaveLength(1);
    for (const path of ['image.bin', 'tools/t.yaml', 'key.txt']) execFileSync('rm', [join(workshop.root, path)]);
  });

  test('skips what a line allows, what Git ignores, and the target of a link', async () => {
    workshop.write('notes.txt', `token = ${GITHUB} # lockstep: not-a-secret\n`);
    workshop.write('.gitignore', 'ignored.txt\n');
    workshop.write('ignored.txt', VALUE);
    symlinkSync('ignored.txt', join(workshop.root, 'link'));
    expect(await found(workshop)).toEqual([]);
    const { ignored } = await scan(await workshop.project(), workshop.env);
    expect(ignored).toEqual([{ by: 'comment', findings: 1 }]);
    expect(await found(workshop, { paths: ['ignored.txt'] })).toEqual(['ignored.txt:1:1 TOKEN']);
  });

  test('skips what lockstep.yaml names, and reports how much', async () => {
    const report = async (entries: string) => {
      workshop.write('lockstep.yaml', `scan: {ignore: ${entries}}\n`);
      return scan(await workshop.project(), workshop.env);
    };
    workshop.write('data/a.json', `{"a": ${JSON.stringify(VALUE)}}\n`);
    workshop.write('data/b.bin', Buffer.concat([Buffer.from(VALUE), Buffer.from([0])]).toString());
    workshop.write('token.txt', `${GITHUB}\n`);
    const passed = async (entries: string) => {
      const { findings, ignored } = await report(entries);
      return [findings.map(({ file }) => file), ignored.filter(({ by }) => by === 'lockstep.yaml')];
    };
    const by = 'lockstep.yaml';
    expect(await passed('[{secret: TOKEN}]')).toEqual([['token.txt'], [{ by, secret: 'TOKEN', findings: 2 }]]);
    expect(await passed('[{secret: CERT}, {path: "**/*.txt"}]')).toEqual([
      ['data/a.json', 'data/b.bin'],
      [{ by, path: '**/*.txt', findings: 1 }],
    ]);
    expect(await passed('[{secret: TOKEN, path: data/a.json}, {path: ./data/}]')).toEqual([
      ['token.txt'],
      [
        { by, secret: 'TOKEN', path: 'data/a.json', findings: 1 },
        { by, path: './data/', findings: 1 },
      ],
    ]);
    expect(await passed('[{path: "!(x)"}]')).toEqual([['data/a.json', 'data/b.bin', 'token.txt'], []]);
    await expect(report('[{}]')).rejects.toMatchObject({ code: 'project/config-invalid' });
    for (const path of ['data', 'token.txt', 'lockstep.yaml']) execFileSync('rm', ['-r', join(workshop.root, path)]);
  });

  test('of staged files reads these, and not the work tree', async () => {
    workshop.write('staged.txt', `${VALUE}\n`);
    git(workshop, 'add', 'staged.txt');
    workshop.write('staged.txt', 'changed since\n');
    workshop.write('other.txt', VALUE);
    expect(await found(workshop, { staged: true })).toEqual(['staged.txt:1:1 TOKEN']);
    expect(await found(workshop)).toEqual(['other.txt:1:1 TOKEN']);
    expect(await found(workshop, { staged: true, paths: ['nowhere'] })).toEqual([]);
    git(workshop, 'rm', '-q', '-f', 'staged.txt');
    execFileSync('rm', [join(workshop.root, 'other.txt')]);
  });

  test('without an identity looks only for credentials, with a note', async () => {
    workshop.write('notes.txt', `${VALUE}\n${GITHUB}\n`);
    const env = { LOCKSTEP_IDENTITY_FILE: '/nowhere' };
    const report = await scan(await workshop.project(env), { ...workshop.env, ...env });
    expect(report.findings.map(({ line, secret }) => [line, secret])).toEqual([[2, undefined]]);
    expect([report.values, report.notes.length]).toEqual([0, 1]);
    workshop.write('notes.txt', 'nothing');
  });

  test('reports the files that it skipped, and is recorded in the audit log', async () => {
    writeFileSync(join(workshop.root, 'large.bin'), Buffer.alloc(9 * 1024 * 1024));
    const project = await workshop.project();
    expect((await scan(project, workshop.env)).skipped).toEqual(['large.bin']);
    execFileSync('rm', [join(workshop.root, 'large.bin')]);
    const records = project.vault.audit(await project.vault.require()).read();
    expect(records.at(-1)).toMatchObject({ action: 'scan', group: 'default' });
    expect(records.at(-1)?.secrets?.map(({ name }) => name)).toEqual(['CERT', 'PIN', 'TOKEN']);
  });
});

test('a value is found in files from eight bytes on', () => {
  const found = (value: string) => {
    const finder = new ValueFinder([{ group: 'default', name: 'PIN', value: new SecretValue(Buffer.from(value)) }]);
    const places: number[] = [];
    finder.find(Buffer.from(`x ${value} ${Buffer.from(value).toString('hex')}`), (at) => places.push(at));
    return places;
  };
  expect(found('1234567')).toEqual([10]);
  expect(found('12345678')).toEqual([2, 11]);
});

describe('the pre-commit hook', () => {
  test('keeps a value out of a commit, whichever way it is committed', async () => {
    using workshop = await opened();
    const bin = join(workshop.place, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`);
    chmodSync(join(bin, 'lockstep'), 0o755);
    workshop.env.PATH = `${bin}:${workshop.env.PATH}`;
    const made = await installHook(workshop.root, workshop.env, BY_NAME);
    expect(made.state).toBe('made');
    expect(statSync(made.path).mode & 0o111).not.toBe(0);
    expect((await installHook(workshop.root, workshop.env, BY_NAME)).state).toBe('there already');
    workshop.write('notes.txt', 'harmless\n');
    git(workshop, 'add', '-A');
    git(workshop, 'commit', '-qm', 'harmless');
    workshop.write('notes.txt', `${VALUE}\n`);
    expect(() => git(workshop, 'commit', '-qam', 'leak')).toThrow('the value of TOKEN of default');
    git(workshop, 'add', '-A');
    expect(() => git(workshop, 'commit', '-qm', 'leak')).toThrow('the value of TOKEN of default');
  });

  test('is written where core.hooksPath points, and leaves a foreign hook unchanged', async () => {
    using workshop = await opened();
    git(workshop, 'config', 'core.hooksPath', 'my-hooks');
    workshop.write('my-hooks/pre-commit', '#!/bin/sh\nmake lint\n');
    const report = await installHook(workshop.root, workshop.env, BY_NAME);
    expect(report).toMatchObject({ path: join(workshop.root, 'my-hooks/pre-commit'), state: 'foreign' });
    expect(readFileSync(report.path, 'utf8')).toBe('#!/bin/sh\nmake lint\n');
    writeFileSync(report.path, '#!/bin/sh\nmake lint && lockstep check --staged && lockstep scan --staged\n');
    expect((await installHook(workshop.root, workshop.env, BY_NAME)).state).toBe('there already');
  });
});
