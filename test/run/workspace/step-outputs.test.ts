import { describe, expect, test } from 'vitest';
import { MAXIMUM_OUTPUTS, parseOutputs } from '../../../src/run/workspace/step-outputs.ts';

const read = (text: string) => parseOutputs(Buffer.from(text));

describe('the outputs that are read', () => {
  test.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['a line', 'url=https://example.org/?a=b', { url: 'https://example.org/?a=b' }],
    ['a line with its end', 'a=1\n', { a: '1' }],
    ['an empty value', 'a=\n', { a: '' }],
    ['spaces as they are', 'a= 1 \n', { a: ' 1 ' }],
    ['the last of several', 'a=1\na=2\n', { a: '2' }],
    ['CR LF', 'a=1\r\nb<<E\r\nx\r\ny\r\nE\r\n', { a: '1', b: 'x\ny' }],
    ['empty lines', '\n\na=1\n\n\nb=2', { a: '1', b: '2' }],
    ['a block', 'notes<<EOF\none\n\ntwo=2\nEOF\nb=2\n', { notes: 'one\n\ntwo=2', b: '2' }],
    ['an empty block', 'a<<EOF\nEOF\n', { a: '' }],
    ['a block whose end is the end of the file', 'a<<EOF\nx\nEOF', { a: 'x' }],
    ['an almost-end inside a block', 'a<<EOF\n EOF\nEOF \nEOF\n', { a: ' EOF\nEOF ' }],
    ['a value with << in it', 'a=b<<c\n', { a: 'b<<c' }],
    ['a word with = in it', 'a<<=E=\nx\n=E=\n', { a: 'x' }],
    ['names of the prototype', 'constructor=1\n', { constructor: '1' }],
    ['other alphabets', 'a=größer 🔐\n', { a: 'größer 🔐' }],
  ])('%s', (_, text, expected) => {
    const { outputs, problem } = read(text);
    expect(problem).toBeUndefined();
    expect([...outputs]).toEqual(Object.entries(expected));
  });
});

describe('what is refused, by line and without a word of it', () => {
  const CANARY = 'canary9c1f';
  test.each([
    ['no name and no value', `a=1\n${CANARY}\n`, 'line 2: neither "name=value" nor "name<<WORD"'],
    ['a bad name', `\n${CANARY}!=1\n`, /^line 2: the name of an output is a letter/],
    ['no name', `=${CANARY}`, /^line 1: the name/],
    ['a space before =', `${CANARY} = 1`, /^line 1: the name/],
    ['a bad name of a block', `1${CANARY}<<EOF\nx\nEOF`, /^line 1: the name/],
    ['a block without end', `a=1\nb<<${CANARY}\n${CANARY} \n`, 'line 2: the block that begins here has no end'],
    ['a block without a word', `a<<\n${CANARY}\n\n`, 'line 1: the block that begins here has no end'],
  ])('%s', (_, text, expected) => {
    const { problem } = read(text);
    expect(problem).toMatch(expected);
    expect(problem).not.toContain(CANARY);
  });

  test('earlier outputs are kept', () => {
    expect([...read('a=1\nb\nc=3').outputs]).toEqual([['a', '1']]);
  });

  test('bytes that are not text', () => {
    const { problem } = parseOutputs(Buffer.concat([Buffer.from('a=1\nb='), Buffer.from([0xc3, 0x28])]));
    expect(problem).toBe('line 2: not UTF-8 text');
  });

  test('more bytes than the limit, by a single one', () => {
    const fits = Buffer.from(`a=${'x'.repeat(MAXIMUM_OUTPUTS - 2)}`);
    expect(parseOutputs(fits).problem).toBeUndefined();
    expect(parseOutputs(Buffer.concat([fits, Buffer.from('x')])).problem).toContain('larger than 1048576 bytes');
  });
});
