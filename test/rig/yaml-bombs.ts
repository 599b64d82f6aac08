/*
 * Files that make a YAML parser work without end, or fill its stack: for the tests, and for `npm run bench -- bombs`.
 */

const MEBIBYTE = 1024 * 1024;
const filled = (piece: string) => piece.repeat(Math.floor(MEBIBYTE / piece.length));
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

export const TOO_LARGE: Readonly<Record<string, string>> = {
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

export const NOT_PLAIN: Readonly<Record<string, string>> = {
  'the billion laughs': `a: &a [x, x]\n${lines(30, (i) => `b${i}: &b${i} [*a, *a, *a, *a]`)}`,
  'an alias of itself': 'a: &a [*a]',
  '50,000 aliases': `a: &a 1\n${lines(50_000, (i) => `b${i}: *a`)}`,
  'a mebibyte of tags': filled('!a '),
  'a mebibyte of anchors': filled('&a '),
  'a mebibyte of directives': filled('%YAML 1.2\n'),
};

export const OTHERS: Readonly<Record<string, string>> = {
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
