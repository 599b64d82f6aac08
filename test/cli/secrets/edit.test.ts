import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leaksOf } from '../../rig/leaks.ts';
import { typeInto } from '../../rig/pseudo-terminal.ts';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';

const BEFORE = 'canary-of-edit-before-7714';
const AFTER = 'canary-of-edit-after-2290';

let repository: Repository;
beforeEach(async () => {
  repository = new Repository();
  repository.env.TMPDIR = join(repository.place, 'tmp');
  mkdirSync(repository.env.TMPDIR);
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN', '--allow', 'exec'], BEFORE);
});
afterEach(() => repository[Symbol.dispose]());

/** An editor that is a shell script; the file stands in $file. */
function useEditor(script: string, name = 'editor'): void {
  const path = join(repository.place, name);
  writeFileSync(path, `#!/bin/sh\nfor file; do :; done\n${script}\n`);
  chmodSync(path, 0o755);
  repository.env.VISUAL = path;
}

const edit = () => repository.lockstep(['secret', 'edit', 'TOKEN']);
const value = () => repository.must(['secret', 'reveal', 'TOKEN', '--stdout']);
const version = async () => JSON.parse(await repository.must(['secret', 'show', 'TOKEN', '--json'])).version;

function expectNoTrace(): void {
  // The editor's script says the values itself; nothing else may.
  const script = join(repository.place, 'editor');
  for (const one of [BEFORE, AFTER]) expect(leaksOf(repository, one).filter((path) => path !== script)).toEqual([]);
}

describe('secret edit', () => {
  test('stores what was saved, from a private file in memory', async () => {
    useEditor(`ls -ld "$file" "$(dirname "$file")" > ${repository.place}/seen; printf ${AFTER} > "$file"`);
    const { stdout, code } = await edit();
    expect([stdout, code]).toEqual(['stored TOKEN version 2 in default\n', 0]);
    expect(await value()).toBe(AFTER);
    const seen = readFileSync(join(repository.place, 'seen'), 'utf8');
    expect(seen).toMatch(/^-rw-------.* \/dev\/shm\/lockstep-.*\/TOKEN$/m);
    expect(seen).toMatch(/^drwx------/m);
    const { records } = JSON.parse(await repository.must(['audit', 'list', '--json', '--limit', '3']));
    expect(records.map((one: { action: string }) => one.action)).toEqual(['reveal', 'rotate', 'reveal']);
    expectNoTrace();
  });

  test.each([
    ['saves nothing', 'true'],
    ['saves the same', `printf ${BEFORE} > "$file"`],
    ['adds only a line break at the end', 'echo >> "$file"'],
    ['removes the file', 'rm "$file"'],
    ['puts a link in its place', 'ln -sf /etc/passwd "$file"'],
    ['puts a folder in its place', 'rm "$file"; mkdir "$file"'],
  ])('changes nothing when the editor %s', async (_, script) => {
    useEditor(script);
    const { stdout, code } = await edit();
    expect([stdout, code]).toEqual(['TOKEN is unchanged\n', 0]);
    expect(await version()).toBe(1);
    expectNoTrace();
  });

  test.each([
    ['fails', `printf ${AFTER} > "$file"; exit 3`, 'ended with exit code 3'],
    ['is killed', `printf ${AFTER} > "$file"; kill -KILL $$`, 'was ended'],
    ['saves an empty file', ': > "$file"', 'what was saved is empty'],
    ['saves too much', 'head -c 1048578 /dev/zero > "$file"', 'larger than 1 MiB'],
  ])('changes nothing and reports it when the editor %s', async (_, script, said) => {
    useEditor(script);
    const { stderr, code } = await edit();
    expect(stderr).toContain(said);
    expect(code).toBe(1);
    expect(await version()).toBe(1);
    expectNoTrace();
  });

  test('keeps a final line break, and accepts an editor that replaces the file', async () => {
    await repository.must(['secret', 'set', 'TOKEN', '--keep-newline'], `${BEFORE}\n`);
    useEditor(`printf '${AFTER}\\nmore\\n' > "$file.new"; mv "$file.new" "$file"; : > "$file~"`);
    expect((await edit()).code).toBe(0);
    expect(await value()).toBe(`${AFTER}\nmore\n`);
    expectNoTrace();
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing behind on %s', async (signal) => {
    useEditor(`printf ${AFTER} > "$file"; echo ready "$file"; exec sleep 1000`);
    await using program = new RunningProgram(repository, ['secret', 'edit', 'TOKEN']);
    const [, file = ''] = /ready (\S+)/.exec((await program.until('TOKEN')) ?? '') ?? [];
    expect(existsSync(file)).toBe(true);
    program.signal(signal);
    expect(await program.ended).toBe(1);
    expect(existsSync(join(file, '..'))).toBe(false);
    expect(await version()).toBe(1);
    expectNoTrace();
  });

  test('refuses to overwrite a change that another writer made in the meantime', async () => {
    useEditor(
      `printf other-value | '${process.execPath}' '${LOCKSTEP}' secret set TOKEN >&2; printf ${AFTER} > "$file"`,
    );
    const { stderr, code } = await edit();
    expect(stderr).toContain('has become version 2 in the meantime');
    expect(code).toBe(1);
    expect(await value()).toBe('other-value');
  });

  test('gives the editor its own arguments and no identity', async () => {
    useEditor(`env > ${repository.place}/seen; echo "$@" >> ${repository.place}/seen`);
    const key = readFileSync(join(repository.env.HOME ?? '', '.config/lockstep/identity.txt'), 'utf8');
    repository.env.LOCKSTEP_IDENTITY = /AGE-SECRET-KEY-\w+/.exec(key)?.[0] ?? '';
    repository.env.VISUAL += ' --wait "two words"';
    expect((await edit()).code).toBe(0);
    const seen = readFileSync(join(repository.place, 'seen'), 'utf8');
    expect(seen).not.toContain('AGE-SECRET-KEY');
    expect(seen).toMatch(/^--wait two words \/dev\/shm\//m);
  });

  test('keeps vim from writing anything beside the file, and its last line as it was', () => {
    repository.env.VISUAL = 'vim';
    const { exit, shown } = typeInto({
      argv: [process.execPath, LOCKSTEP, 'secret', 'edit', 'TOKEN'],
      keys: [['canary-of-edit', `:%s/before-7714/after-2290/\r:set swapfile? undofile? backup? writebackup?\r\r:wq\r`]],
      env: { ...repository.env, TERM: 'xterm' },
      cwd: repository.root,
    });
    expect(shown).toContain('stored TOKEN version 2');
    expect(exit).toBe(0);
    expect(readdirSync(repository.env.HOME ?? '')).not.toContain('.viminfo');
    expectNoTrace();
  });

  test('a value with bytes that no editor keeps is not opened', async () => {
    await repository.must(['secret', 'set', 'TOKEN'], Buffer.from([0xff, 0xfe, 0, 1, 2, 3, 4]));
    useEditor('touch "$file.opened"');
    expect((await edit()).stderr).toContain('bytes that no editor keeps');
  });
});

test('the scanner finds what was planted', async () => {
  repository.write('planted.txt', Buffer.from(BEFORE).toString('base64'));
  expect(leaksOf(repository, BEFORE)).toEqual([join(repository.root, 'planted.txt')]);
});
