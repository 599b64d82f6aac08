import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalServer } from './rig/local-server.ts';
import { Repository } from './rig/repository.ts';
import { runScript } from './rig/script-test.ts';
import { ROOMS } from './structure/house.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = ['README.md', 'docs/secrets.md', 'docs/library.md', 'docs/architecture.md']
  .map((page) => readFileSync(join(ROOT, page), 'utf8'))
  .join('\n');
const TOKEN = 'ghp_readme_0123456789';

/** The fenced blocks of a language; fences are paired in order, since an end looks like a beginning without one. */
function blocks(language: string): string[] {
  return [...PAGES.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** The tour's `console` blocks as one script: `...` at the end of a line is any text, and after a block any lines may follow. */
function tourAsScript(api: string): string {
  const [written = ''] = blocks('yaml');
  const definition = written.replaceAll('https://api.github.com', api);
  const [, path = ''] = /^# (\S+)$/m.exec(definition) ?? [];
  const calls = blocks('console').map((block) =>
    block
      .replace(/^(?!\$)(.*)\.\.\.$/gm, (_, start: string) => `${start.replaceAll('<', '\\<')}<re:.*>`)
      .replace(/\n(?=\$ |$(?![\s\S]))/g, '\n...\n'),
  );
  return [`$ export TOKEN=${TOKEN}\n`, ...calls, `-- ${path} --\n${definition}`].join('\n');
}

describe('the README and the pages that it leads to', () => {
  test('the tour does what it shows', async () => {
    await using server = await LocalServer.start((_, token) =>
      token === TOKEN ? { status: 200, body: { login: 'octocat' } } : { status: 401, body: {} },
    );
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-readme-'));
    try {
      writeFileSync(join(folder, 'tour.txt'), tourAsScript(server.url));
      await runScript(join(folder, 'tour.txt'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('the recovery drill prints the value with stock age', async () => {
    using repository = new Repository();
    await repository.must(['init']);
    await repository.must(['secret', 'set', 'GITHUB_PAT'], TOKEN);
    const drill = blocks('sh').find((block) => block.includes('age -d')) ?? '';
    const commands = drill
      .replace('-i identity.txt', '-i "$HOME/.config/lockstep/identity.txt"')
      .replaceAll(/ {3}#.*$/gm, '');
    const printed = execFileSync('bash', ['-eo', 'pipefail', '-c', commands], {
      cwd: repository.root,
      env: { ...repository.env, PATH: process.env.PATH },
    });
    expect(printed.toString()).toBe(TOKEN);
  });

  test('the two commands are the ones that package.json and .ci/run know', () => {
    const [commands = ''] = blocks('sh');
    expect(commands).toContain('npm ci && npm run demo');
    expect(commands).toContain('npm ci && npm test');
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toBe(
      '#!/usr/bin/env bash\ncd "$(dirname "$0")/.." && npm ci && npm test\n',
    );
  });

  test('the library lines are typed by the library', () => {
    const [lines = ''] = blocks('ts');
    const check = join(ROOT, 'test', 'readme-lines.check.ts');
    try {
      writeFileSync(check, lines);
      execFileSync(
        join(ROOT, 'node_modules/.bin/tsc'),
        [
          '--noEmit',
          '--ignoreConfig',
          '--strict',
          '--module',
          'nodenext',
          '--target',
          'es2024',
          '--skipLibCheck',
          '--types',
          'node',
          check,
        ],
        { cwd: ROOT, stdio: 'pipe' },
      );
    } finally {
      rmSync(check, { force: true });
    }
  });

  test('every link between pages leads to a page', () => {
    const pages = globSync(['*.md', 'docs/*.md', 'examples/*.md'], { cwd: ROOT });
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('the README has at most 150 lines', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(151);
  });

  test('the map of src/ names what is there, and the rooms of each floor', () => {
    const map = blocks('').find((block) => block.startsWith('bin.ts')) ?? '';
    const lines = map.split('\n').filter((line) => line !== '');
    const named = lines
      .filter((line) => !line.startsWith(' '))
      .flatMap((line) => line.split(/ {2,}/)[0]?.split(' ') ?? []);
    const there = execFileSync('ls', ['-p', join(ROOT, 'src')])
      .toString()
      .trim()
      .split('\n');
    expect(named.sort()).toEqual(there.sort());
    for (const [floor, levels] of Object.entries(ROOMS)) {
      const below = lines.slice(lines.findIndex((line) => line.startsWith(`${floor}/`)) + 1);
      const end = below.findIndex((line) => !line.startsWith(' '));
      const rooms = below.slice(0, end).map((line) => line.trim().split('/')[0] ?? '');
      const held = levels
        .flat()
        .filter((name) => !name.endsWith('.ts'))
        .flatMap((name) => name.split('/'));
      expect(rooms.sort(), floor).toEqual([...new Set(held)].sort());
    }
  });
});

test('npm run demo runs the main job and finds no value in the clear', () => {
  const printed = execFileSync(process.execPath, [join(ROOT, 'scripts/demo.ts')], { encoding: 'utf8' });
  expect(printed).toContain('no value stands in the output, the vault or the state folder in the clear');
  expect(printed).toContain('post/send | posted 70 characters with the token ***');
});
