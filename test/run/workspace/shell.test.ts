import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChildRequest, runChild } from '../../../src/process/child.ts';
import { resolveShell, shellCommand } from '../../../src/run/workspace/shell.ts';

const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shell-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  test.each([
    ['bash', [['bash', '--noprofile', '--norc', '-eo', 'pipefail', '{0}']]],
    ['sh', [['sh', '-e', '{0}']]],
    [
      'python',
      [
        ['python3', '{0}'],
        ['python', '{0}'],
      ],
    ],
    ['node', [['node', '{0}']]],
    ['ruby {0}', [['ruby', '{0}']]],
    ['ruby', [['ruby', '{0}']]],
    ['  perl  -w\t-T ', [['perl', '-w', '-T', '{0}']]],
    ['deno run --allow-read={0} {0} --', [['deno', 'run', '--allow-read={0}', '{0}', '--']]],
  ])('of "%s"', (shell, candidates) => {
    expect(shellCommand(shell).candidates).toEqual(candidates);
  });

  test.each([
    ['bash', 'script.sh'],
    ['python', 'script.py'],
    ['node', 'script.js'],
    ['pwsh', 'script.ps1'],
    ['ruby {0}', 'script'],
  ])('%s reads %s', (shell, fileName) => {
    expect(shellCommand(shell).fileName).toBe(fileName);
  });
});

describe('on this machine', () => {
  test('uses the first candidate that exists', () => {
    writeFileSync(join(folder, 'python'), '', { mode: 0o755 });
    expect(resolveShell('python', folder, '/')).toMatchObject({ file: join(folder, 'python') });
    writeFileSync(join(folder, 'python3'), '', { mode: 0o755 });
    expect(resolveShell('python', folder, '/')).toMatchObject({ file: join(folder, 'python3') });
  });

  test('names all candidates that it looked for', () => {
    expect(resolveShell('python', folder, '/')).toEqual({ missing: ['python3', 'python'] });
    expect(resolveShell('nothing-of-that-name -x', PATH, '/')).toEqual({ missing: ['nothing-of-that-name'] });
  });

  test('inserts a path with $ in it unchanged', () => {
    const shell = resolveShell('sh', PATH, '/');
    expect('args' in shell && shell.args('/tmp/$&/$1')).toEqual(['-e', '/tmp/$&/$1']);
  });
});

describe('scripts really run', () => {
  test.each([
    ['bash', 'false | cat\necho unreached', { code: 1, output: '' }],
    ['bash', '\n  #!/bin/nothing\n[[ -n x ]] && echo bash', { code: 0, output: 'bash\n' }],
    ['sh', 'false\necho unreached', { code: 1, output: '' }],
    ['python', 'import sys; print(2 + 3); sys.exit(4)', { code: 4, output: '5\n' }],
    ['node', 'import { sep } from "node:path"; console.log(await sep)', { code: 0, output: '/\n' }],
    ['node', 'const { sep } = require("node:path"); console.log(sep)', { code: 0, output: '/\n' }],
    ['/bin/sh -x', 'exit 3', { code: 3, output: '' }],
  ])('%s: %j', async (shell, script, { code, output }) => {
    for (const way of ['file', 'stdin'] as const) {
      const request = requestFor(shell, script, way);
      if (request === null) continue;
      let printed = '';
      const end = await runChild({
        ...request,
        onOutput: (stream, chunk) => {
          if (stream === 'stdout') printed += Buffer.from(chunk).toString();
        },
      });
      expect(end).toEqual({ kind: 'exit', code });
      expect(printed).toBe(output);
    }
  });

  test('a node script on standard input finds the packages of its working directory', async () => {
    const request = requestFor('node', 'console.log(typeof require("yaml").parse)', 'stdin');
    if (request === null) throw new Error('node takes no script on standard input');
    const cwd = join(import.meta.dirname, '../../..');
    const printed: Uint8Array[] = [];
    await runChild({ ...request, cwd, onOutput: (_, chunk) => void printed.push(chunk) });
    expect(Buffer.concat(printed).toString()).toBe('function\n');
  });
});

/** Null when the shell does not take scripts this way. */
function requestFor(shell: string, script: string, way: 'file' | 'stdin'): ChildRequest | null {
  const resolved = resolveShell(shell, PATH, folder);
  if ('missing' in resolved) throw new Error(`${resolved.missing} is not installed`);
  const path = join(folder, shellCommand(shell).fileName);
  writeFileSync(path, script);
  const base = { file: resolved.file, cwd: folder, env: { PATH }, graceMs: 100, onOutput: () => undefined };
  if (way === 'file') return { ...base, args: resolved.args(path) };
  return resolved.stdinArgs === undefined ? null : { ...base, args: resolved.stdinArgs, stdin: Buffer.from(script) };
}
