import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { convertFiles } from '../../../src/project/authoring/convert.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const kubiya = (tool: object) =>
  JSON.stringify({ tools: [{ name: 't', description: 'd', image: 'alpine:3', ...tool }] });

async function converted(tool: object, out: string): Promise<string> {
  workshop = new Workshop({ 'tools/sub/k.json': kubiya(tool), 'tools/sub/main.sh': 'echo\n' });
  const { problems } = await convertFiles(workshop.root, ['tools/sub/k.json'], workshop.root, out);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return readFileSync(join(workshop.root, out, 't.yaml'), 'utf8');
}

describe('convert writes a script in block form', () => {
  test.each([
    ['that ends in blanks', 'echo a\necho b\n    '],
    ['that begins with an empty line', '\n#!/bin/bash\necho a\n'],
    ['that has a margin', '\n    echo a\n    if x; then\n      y\n    fi\n    '],
    ['with blanks at the ends of lines', 'echo a  \necho b\t\n'],
    ['with empty lines at its end', 'echo a\n\n  \n'],
    ['that looks like YAML', '---\n# a: b\n- c\n...\n'],
  ])('%s', async (_, content) => {
    const text = await converted({ content, on_build: 'apk add x\napk add y\n  ' }, 'native');
    expect(text).toMatch(/^ {2,4}(?:- )?run: \|/m);
    expect(text).toMatch(/^ {2}build: \|/m);
    const { tool, digest } = await bothForms();
    expect(tool).toBeDefined();
    expect(digest.native).toBe(digest.kubiya);
  });
});

/** The tool in each of its forms has one digest. */
async function bothForms() {
  const before = await workshop.project();
  const tool = before.tool('t');
  const kubiyas = before.digest(tool);
  workshop.write('lockstep.yaml', 'definitions: [native]\n');
  const after = await workshop.project();
  return { tool, digest: { kubiya: kubiyas, native: after.digest(after.tool('t')) } };
}

describe('convert names the files of a container relative to the new definition', () => {
  const files = { content: 'sh /app/main.sh', with_files: [{ source: 'main.sh', destination: '/app/main.sh' }] };

  test.each([
    ['tools/sub', 'main.sh'],
    ['tools', 'sub/main.sh'],
    ['native/deep', '../../tools/sub/main.sh'],
  ])('in %s', async (out, from) => {
    expect(await converted(files, out)).toContain(`from: ${from}\n`);
    workshop.write('lockstep.yaml', `definitions: [${out}]\n`);
    const { problems } = await (await workshop.project()).check([`${out}/t.yaml`]);
    expect(problems.filter(({ code }) => code === 'reference/unknown-file')).toEqual([]);
  });

  test('and leaves the path of a file of the machine unchanged', async () => {
    const with_files = [{ source: '$HOME/.aws/credentials', destination: '/root/.aws/credentials' }];
    expect(await converted({ ...files, with_files }, 'native')).toContain('from: ~/.aws/credentials\n');
  });
});
