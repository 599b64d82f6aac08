import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/text/document.ts';
import { field, nodeAt, toJson, type YamlNode } from '../../src/text/node.ts';
import { SourceFile } from '../../src/text/source.ts';

function only(text: string): { root: YamlNode; source: SourceFile } {
  const source = new SourceFile('tools/a.yaml', text);
  const { documents, problems } = parseDocuments(source);
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  const [document] = documents;
  if (document === undefined) throw new Error('no document');
  return { root: document.root, source };
}

function writtenAt(text: string, path: readonly string[]): string {
  const { root, source } = only(text);
  const { range } = nodeAt(root, path);
  return source.text.slice(range.start, range.end);
}

describe('values', () => {
  test.each([
    ['a: yes', 'yes'],
    ['a: on', 'on'],
    ['a: 0o17', 15],
    ['a: 017', 17],
    ['a: 0x1f', 31],
    ['a: 1_000', '1_000'],
    ['a: 2026-11-22', '2026-11-22'],
    ['a: 12:30', '12:30'],
    ['a: .inf', Number.POSITIVE_INFINITY],
    ['a: ~', null],
    ['a: "1"', '1'],
    ['a: |\n  x\n  y\n', 'x\ny\n'],
    ['a: >-\n  x\n  y\n', 'x y'],
    ['a: "\\u00e9\\x41"', 'éA'],
    ["a: 'it''s'", "it's"],
  ])('%j is read as in YAML 1.2', (text, value) => {
    expect(toJson(only(text).root)).toEqual({ a: value });
  });

  test('a number keeps the text in which it was written', () => {
    const { root } = only('a: 1.10');
    expect(field(root, 'a')).toMatchObject({ value: 1.1, text: '1.10' });
  });

  test('names of Object.prototype are keys like any other', () => {
    const { root } = only('__proto__: 1\nconstructor: 2\ntoString: {hasOwnProperty: 3}');
    const json = toJson(root);
    expect(Object.getPrototypeOf(json)).toBeNull();
    expect(JSON.stringify(json)).toBe('{"__proto__":1,"constructor":2,"toString":{"hasOwnProperty":3}}');
    expect(field(root, 'valueOf')).toBeUndefined();
    expect(({} as Record<string, unknown>).hasOwnProperty).toBe(Object.prototype.hasOwnProperty);
  });

  test('a repeated key is refused even if it is __proto__', () => {
    const { problems } = parseDocuments(new SourceFile('a.yaml', '__proto__: 1\n__proto__: 2'));
    expect(problems.map((one) => one.code)).toEqual(['yaml/duplicate-key']);
  });

  test('1 and "1" are the same key', () => {
    const { problems } = parseDocuments(new SourceFile('a.yaml', '1: a\n"1": b'));
    expect(problems.map((one) => one.code)).toEqual(['yaml/duplicate-key']);
  });
});

describe('line ends and marks', () => {
  test('CRLF files have the same values as LF files, and their own ranges', () => {
    const text = 'a: 1\r\nb: |\r\n  x\r\n  y\r\nc: "d\r\n  e"\r\n';
    expect(toJson(only(text).root)).toEqual({ a: 1, b: 'x\ny\n', c: 'd e' });
    expect(writtenAt(text, ['c'])).toBe('"d\r\n  e"');
    const source = new SourceFile('a.yaml', text);
    expect(source.position(text.indexOf('c:'))).toEqual({ line: 5, column: 1 });
    expect(source.line(2)).toBe('b: |');
  });

  test('a byte order mark is not part of the first key', () => {
    expect(toJson(only('\ufeffa: 1').root)).toEqual({ a: 1 });
    expect(writtenAt('\ufeffa: 1\nb: two', ['b'])).toBe('two');
  });

  test('a range covers the value, whatever comes before it', () => {
    const text = 'ünï: "😀"\nlist: [a, {b: c}]\n---\nsecond: x\n';
    const source = new SourceFile('a.yaml', text);
    const [first, second] = parseDocuments(source).documents;
    const slice = (node: YamlNode | undefined) => text.slice(node?.range.start, node?.range.end);
    expect(slice(field(first?.root, 'ünï'))).toBe('"😀"');
    expect(slice(nodeAt(first?.root ?? fail(), ['list', '1', 'b']))).toBe('c');
    expect(slice(field(second?.root, 'second'))).toBe('x');
  });

  test('an empty value is placed at its key, an empty item at its dash', () => {
    expect(writtenAt('a:\nb: 1', ['a'])).toBe('a');
    expect(writtenAt('a:\n  -\n  - x', ['a', '0'])).toBe('-');
  });

  test('empty documents and comments are not documents', () => {
    for (const text of ['', '\n', '# only a comment', '---\n---\n', '--- # nothing\n...\n'])
      expect(parseDocuments(new SourceFile('a.yaml', text)), JSON.stringify(text)).toEqual({
        documents: [],
        problems: [],
      });
  });

  test('an invalid document does not affect the others', () => {
    const { documents, problems } = parseDocuments(
      new SourceFile('a.yaml', 'a: [\n---\nb: 1\n---\nc: 1\nc: 2\n---\nd: 1\n'),
    );
    expect(documents.map(({ root }) => toJson(root))).toEqual([{ b: 1 }, { d: 1 }]);
    expect(problems.map((one) => one.code)).toEqual(['yaml/syntax', 'yaml/duplicate-key']);
  });
});

function fail(): never {
  throw new Error('no document');
}
