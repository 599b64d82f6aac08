import { execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf } from './rig/page-script.ts';
import { ROOMS } from './structure/house.ts';

const ROOT = join(import.meta.dirname, '..');

function blocks(page: string, language: string): string[] {
  return blocksOf(readFileSync(join(ROOT, page), 'utf8')).flatMap((one) =>
    one.language === language ? [one.text] : [],
  );
}

/** As GitHub names the places of headings. */
function hasHeading(page: string, heading: string | undefined): boolean {
  if (heading === undefined) return true;
  const titles = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return titles.some(
    (title) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-') === heading,
  );
}

describe('the README and the pages that it links to', () => {
  test('names the two commands that package.json and .ci/run have', () => {
    const [install = '', commands = ''] = blocks('README.md', 'sh');
    expect(install).toBe('npm ci && npm pack && npm install --global ./lockstep-*.tgz\n');
    expect(commands).toContain('npm ci && npm run demo');
    expect(commands).toContain('npm ci && npm test');
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toBe(
      '#!/usr/bin/env bash\ncd "$(dirname "$0")/.." && npm ci && npm test\n',
    );
  });

  test('the library lines pass the type check of the library', () => {
    const [lines = ''] = blocks('docs/library.md', 'ts');
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

  test('every link between pages leads to a page, and to a heading of it', () => {
    const pages = globSync(['*.md', 'docs/*.md', 'examples/*.md'], { cwd: ROOT });
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)]
        .map(([, path = '', heading]) => ({ path: path === '' ? page : join(dirname(page), path), heading }))
        .filter(({ path, heading }) => !existsSync(join(ROOT, path)) || !hasHeading(path, heading))
        .map(({ path, heading }) => `${page}: ${path}#${heading}`),
    );
    expect(broken).toEqual([]);
  });

  test('the README has at most 150 lines', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(151);
  });

  test('the map of src/ names the folders that exist, and the rooms of each floor', () => {
    const map = blocks('docs/architecture.md', '').find((block) => block.startsWith('bin.ts')) ?? '';
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
        .filter((name) => !/\.tsx?$/.test(name))
        .flatMap((name) => name.split('/'));
      expect(rooms.sort(), floor).toEqual([...new Set(held)].sort());
    }
  });
});

test('npm run demo runs the main job, finds no value in the clear, and serves the console when asked to', async () => {
  const demo = spawn(process.execPath, [join(ROOT, 'scripts/demo.ts'), '--serve'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  for await (const chunk of demo.stdout) {
    printed += String(chunk);
    const [, address] = /(http:\/\/127\.0\.0\.1:\d+\/)#token=/.exec(printed) ?? [];
    if (address === undefined) continue;
    expect((await fetch(address)).status).toBe(200);
    demo.kill('SIGTERM');
    break;
  }
  const code = await new Promise((resolve) => demo.on('exit', resolve));
  expect(printed).toContain('no value stands in the output, the vault or the state folder in the clear');
  expect(printed).toContain('post/send | posted 70 characters with the token ***');
  expect(code).toBe(0);
});
