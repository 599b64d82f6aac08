import { expect, test } from 'vitest';
import { blocksOf, pageAsScript } from './page-script.ts';
import { replay } from './script-test.ts';

/** A page of these blocks, each with the line above its fence where that begins with `<!--`. */
function page(...blocks: readonly string[]): string {
  return blocks.map((block) => `Text.\n\n${block.replace(/^(<!--.*-->\n)?(\w+)\n/, '$1```$2\n')}\n\`\`\`\n`).join('\n');
}

/** Whether the page does what it shows. */
async function holds(text: string, setup = ''): Promise<boolean> {
  const script = pageAsScript(text, setup);
  return (await replay(script)) === script;
}

test('blocks run from top to bottom in one repository, with the files that are shown above', async () => {
  const file = 'yaml\n# some/file.yaml\nkey: "$HOME"';
  expect(await holds(page('console\n$ ls some', file, 'console\n$ cat some/file.yaml\n...\nkey: "$HOME"'))).toBe(false);
  expect(
    await holds(page(file, 'console\n$ export A=b; cat some/file.yaml\n...\nkey: "$HOME"', 'sh\n[ $A = b ]')),
  ).toBe(true);
});

test('the output of a command is compared, except times and the text in place of `...`', async () => {
  expect(await holds(page('console\n$ echo "took 0.5 s"; echo "a b"; echo 1; echo 2\ntook 12 s\na ...\n...'))).toBe(
    true,
  );
  for (const shown of ['took 12 s', 'took 12 s\na ...\n1', 'took 12 h\n...', 'a ...\n...'])
    expect(await holds(page(`console\n$ echo "took 0.5 s"; echo "a b"; echo 1; echo 2\n${shown}`)), shown).toBe(false);
});

test('a command has to succeed, or to exit as its comment says', async () => {
  expect(await holds(page('sh\n# a remark\ntrue \\\n  && true'))).toBe(true);
  expect(await holds(page('sh\ntrue\nfalse   # a remark'))).toBe(false);
  expect(await holds(page('console\n$ exit 3   # exits with 3'))).toBe(true);
  expect(await holds(page('console\n$ true   # exits with 3'))).toBe(false);
});

test('a setup runs first, or before the command that it names; one that fails is an error', async () => {
  const text = page('console\n$ cat a\nfirst', 'sh\ncat b');
  expect(await holds(text, 'echo first > a\n## before: cat b\nmv a b\n')).toBe(true);
  expect(await holds(text, 'echo first > a\n')).toBe(false);
  expect(await holds(text, 'echo first > a; echo > b\nfalse\n')).toBe(false);
  expect(() => pageAsScript(text, '## before: cat c\ntrue\n')).toThrow('no command begins with cat c');
});

test('of a workflow, the calls of Lockstep run', async () => {
  const steps = '# .github/workflows/a.yml\nsteps:\n  - run: never-run\n  - run: lockstep version\n  - lockstep';
  expect(await holds(page(`yaml\n${steps} version`))).toBe(true);
  expect(await holds(page(`yaml\n${steps} versoin`))).toBe(false);
});

test('a block below a marker does not run, and the marker gives the reason', async () => {
  const text = page('<!-- not run: it fails -->\nsh\nfalse', 'text\nfalse');
  expect(blocksOf(text)).toEqual([
    { language: 'sh', text: 'false\n', notRun: 'it fails' },
    { language: 'text', text: 'false\n' },
  ]);
  expect(pageAsScript(text, '')).toBe('');
});
