import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandOf } from './cli/command-of.ts';
import { LocalServer } from './rig/local-server.ts';
import { blocksOf, isRunnable, pageAsScript } from './rig/page-script.ts';
import { replay } from './rig/script-test.ts';
import { unifiedDiff } from './rig/unified-diff.ts';

const ROOT = join(import.meta.dirname, '..');
/** problems-doc.test.ts runs the examples of docs/problems.md. */
const PAGES = globSync(['*.md', 'docs/*.md'], { cwd: ROOT, exclude: ['docs/problems.md', 'CHANGELOG.md'] }).sort();
const TOKEN = 'ghp_pages_0123456789';

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** What has to be there before the page's first command: test/pages/NAME.sh. */
function setupOf(page: string): string {
  const name = page.replace(/^.*\//, '').replace(/\.md$/, '.sh').toLowerCase();
  const [file] = globSync(name, { cwd: join(import.meta.dirname, 'pages') });
  return file === undefined ? '' : readFileSync(join(import.meta.dirname, 'pages', file), 'utf8');
}

describe('the pages', () => {
  const runnable = PAGES.filter((page) =>
    blocksOf(read(page)).some((block) => isRunnable(block) && block.notRun === undefined),
  );

  test.concurrent.each(runnable)('%s does what it shows', { timeout: 120_000 }, async (page) => {
    await using server = await LocalServer.start((_, token) =>
      token === TOKEN ? { status: 200, body: { login: 'octocat' } } : { status: 401, body: {} },
    );
    const text = read(page).replaceAll('https://api.github.com', server.url);
    const script = pageAsScript(text, `export TOKEN=${TOKEN}\n${setupOf(page)}`);
    const actual = await replay(script);
    if (actual !== script) throw new Error(`${page}\n${unifiedDiff(script, actual)}`);
  });

  test('these blocks alone do not run', () => {
    const left = PAGES.flatMap((page) =>
      blocksOf(read(page)).flatMap(({ notRun }) => (notRun === undefined ? [] : [`${page}: ${notRun}`])),
    );
    expect(left).toEqual([
      'CONTRIBUTING.md: it is what runs this',
      'README.md: test/package.test.ts packs and installs',
      'README.md: test/readme.test.ts runs the demo, and this is the test',
      'docs/console.md: it serves until it is stopped',
      'docs/serving.md: it serves until Ctrl-C; test/server starts it',
    ]);
  });

  test('every setup belongs to a page', () => {
    const setups = globSync('*.sh', { cwd: join(import.meta.dirname, 'pages') });
    expect(runnable.map((page) => page.replace(/^.*\//, '').replace(/\.md$/, '.sh').toLowerCase())).toEqual(
      expect.arrayContaining(setups),
    );
  });

  test('mention only commands that Lockstep has, in a form that it accepts', async () => {
    // The examples of docs/cli.md have a test in commands.test.ts; its headlines are not calls.
    const prose = PAGES.filter((page) => page !== 'docs/cli.md').map((page) =>
      read(page).replace(/^```.*?^```/gms, ''),
    );
    const mentioned = prose.flatMap((text) =>
      [...text.matchAll(/`(lockstep [a-z][^`]*)`/g)].map(([, line = '']) => line),
    );
    for (const line of new Set(mentioned)) {
      const words = wordsOf(line);
      const found = await commandOf(words);
      // A name alone stands for the command, whatever it needs.
      const isName = words.length === found?.id.split(':').length;
      expect(isName || found?.fits, line).toBe(true);
    }
  });
});

/** Without `lockstep`, and without what a shell does with its output. */
function wordsOf(line: string): string[] {
  return (line.split(/ [|<>&] /)[0] ?? '').split(' ').slice(1);
}
