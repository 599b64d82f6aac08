import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LanguageServer } from './rig/language-server.ts';
import { Repository } from './rig/repository.ts';

/** Where `|` stands in a text, and the text without it. */
function marked(text: string) {
  const before = text.slice(0, text.indexOf('|')).split('\n');
  return { text: text.replace('|', ''), at: { line: before.length - 1, character: before.at(-1)?.length ?? 0 } };
}

describe('an editor with the YAML language server', { timeout: 60_000 }, () => {
  test('completes keys, shows descriptions and marks mistakes in the files that `new` writes', async () => {
    using repository = new Repository({});
    await repository.must(['new', 'tool', 'first']);
    await repository.must(['new', 'agent', 'helper']);
    await using server = await LanguageServer.start(repository.root);
    for (const file of ['tools/first.yaml', 'agents/helper.yaml']) {
      const text = readFileSync(join(repository.root, file), 'utf8');
      expect([file, await server.open(join(repository.root, file), text)]).toEqual([file, []]);
    }
    const [modeline = ''] = readFileSync(join(repository.root, 'tools/first.yaml'), 'utf8').split('\n');
    const head = `${modeline}\nkind: tool\nname: a\n`;

    const key = marked(`${head}des|\nsteps:\n  - run: x\n`);
    const one = join(repository.root, 'tools/one.yaml');
    await server.open(one, key.text);
    expect(await server.completion(one, key.at)).toContain('description');

    const inStep = marked(`${head}steps:\n  - run: x\n    ret|\n`);
    const two = join(repository.root, 'tools/two.yaml');
    await server.open(two, inStep.text);
    expect(await server.completion(two, inStep.at)).toEqual(expect.arrayContaining(['retry']));

    const word = marked(`${head}time|out: 5m\nsteps:\n  - run: x\n`);
    const three = join(repository.root, 'tools/three.yaml');
    expect(await server.open(three, word.text)).toEqual([]);
    const { properties } = JSON.parse(readFileSync(join(repository.root, 'schemas/tool.schema.json'), 'utf8'));
    expect(await server.hover(three, word.at)).toContain(properties.timeout.description.slice(0, 30));

    const wrong = `${head}stepz: []\nsteps:\n  - run: x\n    timeout: [1]\n`;
    const found = await server.open(join(repository.root, 'tools/four.yaml'), wrong);
    expect(found.map(({ message, range }) => `${range.start.line + 1}: ${message}`).sort()).toEqual([
      expect.stringMatching(/^4: .*stepz/),
      expect.stringMatching(/^7: /),
    ]);
  });
});
