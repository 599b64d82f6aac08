import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { SCRIPTS, SHELLS } from '../../../src/cli/syntax/completion/scripts.ts';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';
import { recordedContext } from '../recorded-context.ts';

const TOOL = 'kind: tool\nname: hello\ndescription: Says hello.\nsteps:\n  - {id: say, run: echo hello}\n';
const AGENT = 'kind: agent\nname: operator\ndescription: Runs things.\ninstructions: Run things.\ntools: [hello]\n';

const repository = new Repository({ 'tools/hello.yaml': TOOL, 'agents/operator.yaml': AGENT });
let run = '';

beforeAll(async () => {
  await repository.must(['init', '--member', 'ada', '--group', 'dev']);
  await repository.must(['group', 'add', 'prod']);
  const set = ['secret', 'set', 'TOKEN', '--group', 'dev', '--allow', 'exec', '--description', 'of the bot'];
  await repository.must(set, 'a-value-of-some-length');
  run = JSON.parse(await repository.must(['run', 'hello', '--json'])).run;
});

afterAll(() => repository[Symbol.dispose]());

/** What `lockstep complete` prints for these words. */
async function completed(shell: string, words: readonly string[]): Promise<string[]> {
  const context = { ...recordedContext(repository.env), cwd: repository.root };
  expect(await main(['complete', shell, '--', ...words], context)).toBe(0);
  const { stdout, stderr } = context.printed();
  expect(stderr).toBe('');
  return stdout.split('\n').slice(0, -1);
}

async function wordsFor(...words: string[]): Promise<string[]> {
  return (await completed('fish', words)).map((line) => line.split('\t')[0] ?? '');
}

describe('completion', () => {
  test('knows commands, topics and their verbs', async () => {
    expect(await wordsFor('s')).toEqual(['scan', 'schema', 'serve', 'secret']);
    expect(await wordsFor('secret', 're')).toEqual(['remove', 'repin', 'reveal', 'revoke']);
    expect(await wordsFor('help', 'group', '')).toEqual(['add', 'list', 'rekey', 'remove', 'rename', 'set']);
    expect(await wordsFor('-C', repository.root, 'who')).toEqual(['whoami']);
    expect(await wordsFor('')).not.toContain('complete');
  });

  test.each<[words: string[], expected: string[]]>([
    [['run', ''], ['hello']],
    [['tool', 'show', 'h'], ['hello']],
    [['run', 'hello', '--agent', ''], ['operator']],
    [['secret', 'show', '--group', 'dev', ''], ['TOKEN']],
    [['secret', 'rotate', '--group=dev', 'T'], ['TOKEN']],
    [['exec', '--group', 'dev', '--secret', ''], ['TOKEN']],
    [['trust', '--group', 'dev', '--secret', ''], ['TOKEN']],
    [
      ['secret', 'list', '--group', ''],
      ['dev', 'prod'],
    ],
    [['secret', 'list', '--group=p'], ['--group=prod']],
    [['member', 'remove', ''], ['ada']],
    [
      ['secret', 'grant', 'TOKEN', '--to', ''],
      ['tool:hello', 'agent:operator', 'exec'],
    ],
    [['check', '--format', 's'], ['sarif']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['run', 'hello', ''], []],
    [['secret', 'show', '--json', '--gr'], ['--group']],
    [['-C', '/nowhere', 'run', ''], []],
    [['no', 'such', ''], []],
  ])('of %j', async (words, expected) => {
    expect(await wordsFor(...words)).toEqual(expected);
  });

  test('knows runs, by their names', async () => {
    expect(await completed('fish', ['logs', ''])).toEqual([`${run}\thello, succeeded`]);
  });

  test('offers a flag once, unless it can be given several times', async () => {
    const flags = await wordsFor('run', 'hello', '--arg', 'a=1', '--agent', 'x', '-C', '.', '--');
    expect(flags).toContain('--arg');
    expect(flags).not.toContain('--agent');
    expect(flags).not.toContain('--directory');
  });

  test.each([[['run', '--args-file', '']], [['-C', '']], [['check', '']], [['exec', '--secret', 'TOKEN', '--', '']]])(
    'leaves files to the shell: %j',
    async (words) => {
      expect(await completed('fish', words)).toEqual([':files']);
    },
  );

  test('shows descriptions', async () => {
    expect(await completed('zsh', ['secret', 'show', '--group', 'dev', ''])).toEqual(['TOKEN\tof the bot']);
  });

  test('splits words as bash does', async () => {
    expect(await completed('bash', ['secret', 'grant', 'TOKEN', '--to', 'tool', ':', 'he'])).toEqual([
      expect.stringMatching(/^hello\t/),
    ]);
    expect(await completed('bash', ['secret', 'list', '--group', '=', 'pr'])).toEqual(['prod\t']);
    expect(await completed('bash', ['secret', 'list', '--group', '='])).toEqual(['dev\t', 'prod\t']);
  });
});

test('`completion` prints the script of a shell', async () => {
  for (const shell of SHELLS) expect(await repository.must(['completion', shell])).toBe(SCRIPTS[shell]);
});

const BASH = `eval "$(lockstep completion bash)"
COMP_WORDS=(lockstep secret show --group dev '') COMP_CWORD=5
_lockstep
echo "\${COMPREPLY[@]}"`;

const FISH = `lockstep completion fish | source
complete -C 'lockstep secret show --group dev ' | string split -f 1 \\t`;

/** Types the words and a tab at a prompt, and echoes the line that comes of it. */
const ZSH = String.raw`zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'stty -echo; PS1=; autoload -Uz compinit; compinit -u -D; eval "$(lockstep completion zsh)"; echo REA""DY'
zpty -r -m shell line '*READY*'
zpty -w -n shell $'lockstep secret show --group dev \t\C-aecho LINE: \n'
zpty -r -m shell line $'*\nLINE: *\n'
print -r -- $line`;

const SESSIONS = [
  ['bash', ['-c', BASH], /^TOKEN$/m],
  ['fish', ['-c', FISH], /^TOKEN$/m],
  ['zsh', ['-f', '-c', ZSH], /^LINE: lockstep secret show --group dev TOKEN\s*$/m],
] as const;

describe.each(SESSIONS)('%s', (shell, args, expected) => {
  test('completes the name of a secret', () => {
    const bin = join(repository.place, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`);
    chmodSync(join(bin, 'lockstep'), 0o755);
    const env = { ...repository.env, PATH: `${bin}:${repository.env.PATH}`, TERM: 'dumb' };
    expect(execFileSync(shell, args, { cwd: repository.root, env, encoding: 'utf8' })).toMatch(expected);
  });
});
