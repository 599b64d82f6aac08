import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runScript } from './script-test.ts';

function script(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-rig-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'script.txt');
  writeFileSync(path, text);
  return path;
}

test('a script runs in a repository of its own, and keeps what it exports', async () => {
  await runScript(
    script(`$ git rev-parse --show-toplevel; ls
$REPO
a.txt
sub
$ export WHO=Ada; cd sub
$ echo "$WHO in $PWD, $HOME"
Ada in $REPO/sub, $STAGE/home
$ cat; echo error >&2; exit 3
> one
one
error
[exit 3]
$ cat ../a.txt b.sh
a
b
$ kill -KILL $$
[exit 137]
-- a.txt --
a
-- sub/b.sh --
b
`),
  );
});

test('a result that differs from the script fails, with a diff', async () => {
  vi.stubEnv('UPDATE', '');
  const wrong = script('$ echo one\ntwo\n\n$ false\n');
  await expect(runScript(wrong)).rejects.toThrow(' $ echo one\n-two\n+one\n \n $ false\n+[exit 1]\n');
  expect(readFileSync(wrong, 'utf8')).toContain('two');
});

test('UPDATE=1 writes the actual result, and keeps the patterns that match', async () => {
  vi.stubEnv('UPDATE', '1');
  const wrong = script('$ echo one\ntwo\n\n$ echo 12 ms\n<re:\\d+> ms\n-- a --\nx\n');
  await runScript(wrong);
  expect(readFileSync(wrong, 'utf8')).toBe('$ echo one\none\n\n$ echo 12 ms\n<re:\\d+> ms\n-- a --\nx\n');
  vi.stubEnv('UPDATE', '');
  await runScript(wrong);
});
