import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/text/document.ts';
import { printProblem } from '../../src/text/excerpt.ts';
import { schemaProblems } from '../../src/text/schema.ts';
import { SourceFile } from '../../src/text/source.ts';
import { NOT_PLAIN, OTHERS, TOO_LARGE } from '../rig/yaml-bombs.ts';

/** A hang fails by the test's time limit; `npm run bench -- bombs` says how long each takes. */
function codesOf(text: string): Set<string> {
  const { documents, problems } = parseDocuments(new SourceFile('tools/bomb.yaml', text));
  for (const document of documents) problems.push(...schemaProblems('tool', document));
  for (const one of problems.slice(0, 100)) printProblem(one);
  return new Set(problems.map((one) => one.code));
}

describe('a file that is too large or too deep', () => {
  test.each(Object.keys(TOO_LARGE))('%s: refused as too large', (name) => {
    expect([...codesOf(TOO_LARGE[name] ?? '')]).toContain('yaml/too-large');
  });

  test.each(Object.keys(NOT_PLAIN))('%s: refused as not plain, before any value is built from it', (name) => {
    expect([...codesOf(NOT_PLAIN[name] ?? '')]).toEqual(['yaml/not-plain']);
  });

  test.each(Object.keys(OTHERS))('%s: ends in time', (name) => {
    const codes = codesOf(OTHERS[name] ?? '');
    for (const code of codes) expect(code).toMatch(/^(yaml|schema)\//);
  });

  test('twenty thousand values and depth 32 are accepted', () => {
    expect([...codesOf(`[${'a,'.repeat(19_998)}]`)]).not.toContain('yaml/too-large');
    expect([...codesOf(`${'['.repeat(31)}a${']'.repeat(31)}`)]).not.toContain('yaml/too-large');
    expect([...codesOf(`${'['.repeat(32)}a${']'.repeat(32)}`)]).toContain('yaml/too-large');
  });
});
