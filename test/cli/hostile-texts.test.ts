import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/generated/commands.js';
import { Repository } from '../rig/repository.ts';

const ESCAPES = '\u001b[31m\u001b]0;title\u0007\u202e\u200b';
const HOSTILE = `${ESCAPES}\n::error::forged\n##[group]x\n##vso[task.setvariable]y`;
/** As YAML writes it. */
const H = JSON.stringify(HOSTILE);

const DEFINITIONS = {
  'tools/texts.yaml': `kind: tool
name: texts
description: ${H}
args: {to: {type: string, description: ${H}, default: ${H}, enum: [${H}, x]}}
secrets: [{name: KEY, required: false}]
env: {X: ${H}}
outputs: {o: "\${{ steps.a.outputs.o }}"}
steps:
  - id: a
    description: ${H}
    approve: true
    env: {TO: "\${{ args.to }}"}
    run: printf 'o<<E\\n%s\\nE\\n' "$TO" >> "$LOCKSTEP_OUTPUT"; exit "\${CODE:-0}"
  - {id: b, uses: ${H}, with: {${H}: 1}}
`,
  'tools/run.yaml': `kind: tool
name: run
description: ${H}
args: {to: {type: string, default: ${H}}}
outputs: {o: "\${{ steps.a.outputs.o }}"}
steps:
  - {id: a, description: ${H}, env: {TO: "\${{ args.to }}"}, run: "printf 'o<<E\\\\n%s\\\\nE\\\\n' \\"$TO\\" >> \\"$LOCKSTEP_OUTPUT\\""}
  - {id: b, shell: sh, run: exit 3}
`,
  'tools/kubiya.yaml': `tools: [{name: ${H}, image: ${H}, content: "{{ .${'x'} }}", args: [{name: ${H}, description: ${H}}], ${H}: 3}]\n`,
  'tools/twice.yaml': `${H}: 1\n${H}: 2\n`,
  'tools/syntax.yaml': `kind: tool\nname: [${ESCAPES}\n::error::x\n`,
  'agents/ag.yaml': `kind: agent
name: ag
description: ${H}
instructions: ${H}
tools: [run, ${H}]
secrets: [${H}]
env: {${H}: x}
`,
};

/** The commands that show somebody's text, in each of their formats; what they need in the way of a run, `RUN` stands for. */
const WALK: readonly (readonly string[])[] = [
  ...[['check'], ['check', '--json'], ['check', '--format', 'sarif'], ['check', '--format', 'github']],
  ...[
    ['tool', 'list'],
    ['tool', 'list', '--json'],
    ['tool', 'show', 'texts'],
    ['tool', 'show', 'run', '--json'],
  ],
  ...[
    ['agent', 'list'],
    ['agent', 'show', 'ag'],
    ['agent', 'show', 'ag', '--json'],
  ],
  ...[
    ['plan', 'texts'],
    ['plan', 'run'],
    ['plan', 'run', '--json'],
    ['plan', 'run', '--graph'],
  ],
  ...[
    ['plan', 'run', '--agent', 'ag'],
    ['run', 'texts'],
    ['run', 'run'],
    ['run', 'run', '--json'],
    ['run', 'run', '--explain'],
  ],
  ...[
    ['runs', 'list'],
    ['runs', 'show'],
    ['runs', 'show', '--json'],
    ['runs', 'show', '--graph'],
    ['logs'],
    ['logs', '--json'],
  ],
  ...[
    ['runs', 'retry', 'last'],
    ['runs', 'resume', HOSTILE],
    ['runs', 'show', HOSTILE],
    ['runs', 'prune', '--keep', '100'],
  ],
  ...[
    ['runs', 'approve', 'last'],
    ['runs', 'cancel', 'last'],
    ['run', 'run', '--junit', '/dev/stdout'],
  ],
  ...[
    ['secret', 'list'],
    ['secret', 'list', '--json'],
    ['secret', 'show', 'KEY'],
    ['secret', 'search', 'K'],
  ],
  ...[
    ['secret', 'history', 'KEY'],
    ['secret', 'describe', 'KEY', HOSTILE],
    ['secret', 'set', HOSTILE],
    ['secret', 'remove', HOSTILE],
  ],
  ...[
    ['secret', 'grant', 'KEY', '--to', HOSTILE],
    ['secret', 'revoke', 'KEY', '--from', HOSTILE],
    ['secret', 'repin', HOSTILE],
  ],
  ...[
    ['vault', 'verify'],
    ['vault', 'verify', '--json'],
    ['member', 'list'],
    ['member', 'add', HOSTILE],
    ['group', 'list'],
  ],
  ...[
    ['group', 'add', HOSTILE],
    ['group', 'rename', 'default', HOSTILE],
    ['group', 'remove', HOSTILE],
    ['audit', 'list'],
    ['audit', 'list', '--json'],
    ['whoami'],
    ['trust'],
    ['scan'],
    ['scan', '--json'],
  ],
  ...[
    ['fmt', '--check'],
    ['fmt', HOSTILE],
    ['convert', 'tools/kubiya.yaml'],
    ['convert', HOSTILE],
    ['new', 'tool', HOSTILE],
  ],
  ...[
    ['init', '--group', HOSTILE],
    ['exec', '--secret', HOSTILE, '--', 'true'],
    [HOSTILE],
    ['plan', HOSTILE],
    ['plan', 'run', '--arg', `to=${HOSTILE}`],
  ],
  ...[
    ['plan', 'run', '--arg', `${HOSTILE}=1`],
    ['plan', 'run', '--group', HOSTILE],
    ['-C', HOSTILE, 'check'],
    ['check', HOSTILE],
  ],
  ...[
    ['help', HOSTILE],
    ['version'],
    ['token', 'list'],
    ['schema', HOSTILE],
    ['completion', HOSTILE],
    ['git', 'install'],
    ['identity', 'new', '--identity', 'tools'],
  ],
  ...['claude', 'skill', 'mcp.json', 'vscode'].map((format) => ['agent', 'export', 'ag', '--format', format]),
  ...[
    ['agent', 'export', HOSTILE],
    ['mcp', 'install', '--client', 'gemini', '--agent', 'ag', '--dry-run'],
    ['mcp', 'install', '--client', 'codex', '--agent', HOSTILE],
    ['mcp', '--agent', HOSTILE],
  ],
  ...[
    ['engine', 'migrate'],
    ['engine', 'status'],
    ['engine', 'prune', '--older-than', HOSTILE],
    ['worker', '--queues', HOSTILE],
  ],
];
/** Not walked: they wait for a terminal or a change, write a value that was asked for, or say nothing of others. */
const NOT_WALKED = [
  'watch',
  'serve',
  'complete',
  'git merge-driver',
  'secret reveal',
  'secret edit',
  'secret export',
  'secret import',
];
/** These have no text of others that the walk does not show through a command beside them. */
const BESIDE = [
  'secret rotate',
  'secret rollback',
  'secret copy',
  'secret move',
  'member remove',
  'group set',
  'group rekey',
  'token make',
  'token revoke',
];

test('the test covers every command', () => {
  const walked = new Set(WALK.flatMap((words) => [words[0], words.slice(0, 2).join(' ')]));
  const names = COMMANDS.map(({ id, aliases }) => [id, ...aliases].map((name) => name.replaceAll(':', ' ')));
  const left = names.filter((all) => !all.some((name) => walked.has(name))).map(([name]) => name);
  expect(left.sort()).toEqual([...NOT_WALKED, ...BESIDE].sort());
});

describe('no foreign text steers a terminal, forges a line or commands a CI system', () => {
  const repository = new Repository(DEFINITIONS);
  beforeAll(async () => {
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: repository.root, stdio: 'pipe' });
    git('init', '-q');
    await repository.must(['init', '--member', 'ada']);
    await repository.must(['secret', 'set', 'KEY', '--description', 'shown', '--allow', 'exec'], 'a-secret-value-99');
    for (const folder of ['tools', 'vault/default'])
      writeFileSync(
        join(repository.root, folder, `${ESCAPES}\n::set-env name=A::b.yaml`),
        'kind: tool\nname: named\nunknown: 1\n',
      );
    mkdirSync(join(repository.root, `vault/${ESCAPES}\n::error::g`));
    repository.write('lockstep.yaml', `rules: {${H}: error}\n`);
    git('add', '-A');
    return () => repository[Symbol.dispose]();
  });

  test.each(WALK)('%j %j %j %j', async (...words) => {
    const { code, stdout, stderr } = await repository.lockstep(words);
    expect(code).not.toBe(4);
    for (const text of [stdout, stderr]) {
      expect(text).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}/u);
      const commands = text.split('\n').filter((line) => /^\s*::|##(?:vso)?\[/.test(line));
      const own = words.includes('github')
        ? commands.filter((line) => /^::(?:error|warning|notice) file=/.test(line))
        : [];
      expect(commands).toEqual(own);
    }
  });
});
