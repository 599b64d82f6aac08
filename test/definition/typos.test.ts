import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readDefinitions } from '../../src/definition/reading/parse-file.ts';
import { ADVICE, allProblems, RULES } from '../../src/definition/rules/index.ts';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { withoutConsequences } from '../../src/project/checking/consequences.ts';
import { SourceFile } from '../../src/text/source.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const TEXTS = new Map(
  globSync('{tools,agents}/*.yaml', { cwd: EXAMPLES }).map((path) => [
    path,
    readFileSync(join(EXAMPLES, path), 'utf8'),
  ]),
);
const SECRETS = new Set(['GITHUB_PAT', 'CHAT_BOT', 'SIGNING_KEY']);

beforeAll(loadPatternEngine);

/** Every word and every mark of the YAML itself, scripts left out, with what one slip of the hand makes of it. */
function typos(text: string): { readonly typo: string; readonly text: string }[] {
  const yaml = text.replace(/(?<=(?:run|instructions): \|\n)(?: {4,}.*\n|\n)+/g, (script) => ' '.repeat(script.length));
  return [...yaml.matchAll(/[A-Za-z_][\w-]{2,}|[:{}[\],'"$|]/g)].flatMap(({ 0: word, index }) => {
    const slips = word.length > 1 ? [word.slice(0, -1), `${word[1]}${word[0]}${word.slice(2)}`, `${word}x`] : [''];
    const line = text.slice(0, index).split('\n').length;
    return slips
      .filter((slip) => slip !== word)
      .map((slip) => ({
        typo: `line ${line}: ${word} -> ${slip}`,
        text: text.slice(0, index) + slip + text.slice(index + word.length),
      }));
  });
}

/** Per file, what `check` says of the examples where this one has another text. */
function said(path: string, text: string): readonly string[][] {
  const sources = [...TEXTS].map(([other, own]) => new SourceFile(other, other === path ? text : own));
  const catalog = readDefinitions(sources);
  const context = { catalog, secretNames: SECRETS, fileFaults: new Map() };
  const problems = withoutConsequences(allProblems(context, [...RULES, ...ADVICE]), catalog);
  return [...Map.groupBy(problems, ({ at }) => at?.source.path).values()].map((own) => own.map((one) => one.message));
}

test('the unchanged examples have no problem', () => {
  expect(TEXTS.size).toBeGreaterThan(4);
  expect(said('', '')).toEqual([]);
});

test.each([...TEXTS])('one typo in %s gives one message', (path, text) => {
  const all = typos(text);
  const twice = all.flatMap(({ typo, text }) => {
    const files = said(path, text);
    return files.some((messages) => messages.length > 1) ? [[typo, ...files.flat()]] : [];
  });
  expect(all.length).toBeGreaterThan(20);
  expect(twice).toEqual([]);
});
