import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemPages } from '../src/cli/problem-pages.ts';
import { Project } from '../src/project/project.ts';
import { PROBLEM_CODES } from '../src/text/problem.ts';
import { LOCKSTEP, Repository } from './rig/repository.ts';

const pages = problemPages();

/** `bad` or `good`; a block that is neither belongs to both. */
type Side = 'bad' | 'good';

interface Block {
  readonly language: string;
  readonly side: string;
  readonly text: string;
}

function blocksOf(page: string, side: Side): Block[] {
  return [...page.matchAll(/^```(\w+) ?(\w*)\n(.*?)^```$/gms)]
    .map(([, language = '', side = '', text = '']) => ({ language, side, text }))
    .filter((block) => block.side === side || block.side === '');
}

/** What the commands print and what `check` finds then, in a repository that holds the example. */
async function found(page: string, side: Side): Promise<{ readonly codes: string[]; readonly errors: string[] }> {
  using repository = new Repository();
  const blocks = blocksOf(page, side);
  for (const { text } of blocks.filter(({ language }) => language === 'yaml')) {
    const [, path = 'tools/example.yaml'] = /^# (\S+\.yaml)$/m.exec(text) ?? [];
    repository.write(path, text);
  }
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  const printed = commands.length === 0 ? '' : execute(commands.join(''), repository);
  const project = await Project.open({ cwd: repository.root, directory: repository.root, env: repository.env });
  const { problems } = await project.check();
  const codes = [...printed.matchAll(/ \[([a-z]+\/[a-z-]+)\]$/gm)].map(([, code = '']) => code);
  return {
    codes: [...codes, ...problems.map(({ code }) => code)],
    errors: problems.flatMap(({ severity, message }) => (severity === 'error' ? [message] : [])),
  };
}

/** Some end with an error: it is what they show. */
function execute(script: string, repository: Repository): string {
  repository.write('../bin/lockstep', `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`);
  chmodSync(`${repository.place}/bin/lockstep`, 0o755);
  const env = { ...repository.env, PATH: `${repository.place}/bin:${dirname(process.execPath)}:/usr/bin:/bin` };
  return execFileSync('bash', ['-c', `{ ${script}\n} 2>&1; true`], { cwd: repository.root, env, encoding: 'utf8' });
}

describe('docs/problems.md', () => {
  test('has one section for every code, in the order of the table', () => {
    expect([...pages.keys()]).toEqual(Object.keys(PROBLEM_CODES));
  });

  test.each([...pages])('%s: the bad example has the problem, the good one does not', async (code, page) => {
    for (const side of ['bad', 'good'] as const) expect(blocksOf(page, side), side).not.toEqual([]);
    expect((await found(page, 'bad')).codes).toContain(code);
    const { codes, errors } = await found(page, 'good');
    expect(codes).not.toContain(code);
    expect(errors).toEqual([]);
  });

  test('each section begins with a paragraph of whole sentences', () => {
    for (const page of pages.values()) expect(page).toMatch(/^[A-Z`].*?\.\n\n```/s);
  });
});
