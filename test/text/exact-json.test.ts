import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepsDigits, parseExactJson } from '../../src/text/exact-json.ts';

describe('JSON is read unchanged or refused with the place of the problem', () => {
  test.each([
    ['{"id": 1234567890123456789}', 'a number that would lose digits: it has to be text, in quotes (line 1, column 8)'],
    ['[1,\n 1e999]', 'a number that would lose digits: it has to be text, in quotes (line 2, column 2)'],
    ['1e-999', 'a number that would lose digits: it has to be text, in quotes (line 1, column 1)'],
    ['[0.10000000000000000555]', 'a number that would lose digits: it has to be text, in quotes (line 1, column 2)'],
    ['{"a": 1, "b": {"a": 2}, "a": 3}', 'a key that stands twice in one object (line 1, column 25)'],
    ['{"\\u0061": 1, "a": 2}', 'a key that stands twice in one object (line 1, column 15)'],
    ['["\\ud83d\\ude00", "\\ud83d"]', 'half a character, which is not valid text (line 1, column 18)'],
    ['{"\\udc00": 1}', 'half a character, which is not valid text (line 1, column 2)'],
    ['{"a": ', 'not JSON'],
  ])('%s', (text, fault) => {
    expect(parseExactJson(text)).toEqual({ fault });
  });

  test.each(['1.50e3', '0.1', '-0.0', '9007199254740992', '1e300', '5e-324', '{"a": "1234567890123456789", "A": 1}'])(
    '%s is read',
    (text) => {
      expect(parseExactJson(text)).toEqual({ value: JSON.parse(text) });
    },
  );

  test('the output of JSON.stringify is read back unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseExactJson(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  test.each(['0x1F', '0o17', '1.10', '+5', '.5'])('a YAML number %s keeps its digits', (text) => {
    expect(keepsDigits(text)).toBe(true);
  });
});
