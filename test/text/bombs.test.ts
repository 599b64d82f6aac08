import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/text/document.ts';
import { printProblem } from '../../src/text/excerpt.ts';
import { schemaProblems } from '../../src/text/schema.ts';
import { SourceFile } from '../../src/text/source.ts';

/** Files that make a YAML parser work without end, or fill its stack (SECURITY section 3). A hang fails by the test's time limit. */
const MEBIBYTE = 1024 * 1024;
const filled = (piece: string) => piece.repeat(Math.floor(MEBIBYTE / piece.length));
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const TOO_LARGE: Record<string, string> = {
  '50,000 keys': lines(50_000, (i) => `key${i}: ${i}`),
  '50,000 equal keys': lines(50_000, () => 'key: 1'),
  '50,000 keys in a flow mapping': `{${Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join(', ')}}`,
  'flow lists in each other': '['.repeat(200_000),
  'closed flow lists in each other': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'flow mappings in each other': '{a: '.repeat(100_000),
  'brackets of both kinds': '[{'.repeat(100_000),
  'block lists on one line': '- '.repeat(200_000),
  'block lists by indentation': lines(1_000, (i) => `${' '.repeat(i)}-`),
  'block mappings by indentation': lines(1_000, (i) => `${' '.repeat(i)}a:`),
  'explicit keys in each other': '? '.repeat(200_000),
  'explicit keys and lists': '? - '.repeat(100_000),
  'explicit keys by indentation': lines(1_000, (i) => `${' '.repeat(i)}?`),
  'a list of many items': filled('- a\n'),
  'a flow list of many items': `[${filled('a,')}]`,
  'a flow list of nothing': `[${filled(',')}]`,
  'a mebibyte of colons': filled(':\n'),
  'a mebibyte of dashes': filled('-\n'),
};

const NOT_PLAIN: Record<string, string> = {
  'the billion laughs': `a: &a [x, x]\n${lines(30, (i) => `b${i}: &b${i} [*a, *a, *a, *a]`)}`,
  'an alias of itself': 'a: &a [*a]',
  '50,000 aliases': `a: &a 1\n${lines(50_000, (i) => `b${i}: *a`)}`,
  'a mebibyte of tags': filled('!a '),
  'a mebibyte of anchors': filled('&a '),
  'a mebibyte of directives': filled('%YAML 1.2\n'),
};

const OTHERS: Record<string, string> = {
  'a mebibyte of comments': filled('# comment\n'),
  'a mebibyte in one comment': `#${filled('x')}`,
  'a mebibyte of documents': filled('---\n'),
  'a mebibyte of document ends': filled('...\n'),
  'a mebibyte of documents with text': filled('--- a\n'),
  'a mebibyte of single quotes': filled("'"),
  'a mebibyte of double quotes': filled('"'),
  'a mebibyte of escapes': `"${filled('\\u0041')}"`,
  'a mebibyte of backslashes': `"${filled('\\')}`,
  'a mebibyte of blanks': filled(' '),
  'a mebibyte of tabs': filled('\t'),
  'a mebibyte of line breaks': filled('\n'),
  'a mebibyte of carriage returns': filled('\r'),
  'a mebibyte of one word': filled('a'),
  'a mebibyte of one key': `${filled('a')}: 1`,
  'a mebibyte of digits': filled('1'),
  'a mebibyte of text lines': filled('a\n'),
  'a mebibyte of a block': `a: |\n${filled(' x\n')}`,
  'a mebibyte of a folded block': `a: >\n${filled(' x\n\n')}`,
  'a mebibyte of closing brackets': filled(']'),
  'a mebibyte of byte order marks': filled('\ufeff'),
  'a mebibyte of NUL': filled('\0'),
  'lone surrogates': `a: "${filled('\ud800')}"`,
};

function codesOf(text: string): Set<string> {
  const { documents, problems } = parseDocuments(new SourceFile('tools/bomb.yaml', text));
  for (const document of documents) problems.push(...schemaProblems('tool', document));
  for (const one of problems.slice(0, 100)) printProblem(one);
  return new Set(problems.map((one) => one.code));
}

describe('a file that is too much', () => {
  test.each(Object.keys(TOO_LARGE))('%s: refused as too large', (name) => {
    expect([...codesOf(TOO_LARGE[name] ?? '')]).toContain('yaml/too-large');
  });

  test.each(Object.keys(NOT_PLAIN))('%s: refused as not plain, before anything is made of it', (name) => {
    expect([...codesOf(NOT_PLAIN[name] ?? '')]).toEqual(['yaml/not-plain']);
  });

  test.each(Object.keys(OTHERS))('%s: ends', (name) => {
    const codes = codesOf(OTHERS[name] ?? '');
    for (const code of codes) expect(code).toMatch(/^(yaml|schema)\//);
  });

  test('twenty thousand values and depth 32 are taken', () => {
    expect([...codesOf(`[${'a,'.repeat(19_998)}]`)]).not.toContain('yaml/too-large');
    expect([...codesOf(`${'['.repeat(31)}a${']'.repeat(31)}`)]).not.toContain('yaml/too-large');
    expect([...codesOf(`${'['.repeat(32)}a${']'.repeat(32)}`)]).toContain('yaml/too-large');
  });
});
