import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/masking/redactor.ts';

const NOISE =
  '2026-11-23T10:04:59.31 INFO  [worker-3] compiled src/parts/module-42.ts in 17 ms\n  "items": [ { "id": 7 } ]\n';
const BREAKS = ['\n', '\r\n', '\\n', '\\r\\n', '%0D%0A', '&#10;', '\\u000a', '\n\n'];

/** A value in base64 as programs lay it out: after other bytes, in lines of a width, each with an indentation. */
const layouts = fc.record({
  value: fc.string({
    unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFG23456789+/_-'),
    minLength: 12,
    maxLength: 60,
  }),
  before: fc.nat(90),
  width: fc.constantFrom(8, 20, 64, 76),
  indentation: fc.constantFrom('', ' ', '    ', '\t', ' '.repeat(90)),
  lineBreak: fc.constantFrom(...BREAKS),
});

function laidOut({
  value,
  before,
  width,
  indentation,
  lineBreak,
}: typeof layouts extends fc.Arbitrary<infer T> ? T : never) {
  const encoded = Buffer.from(`${'u'.repeat(before)}:${value}`).toString('base64');
  const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return `${NOISE}${lines.map((line) => indentation + line).join(lineBreak)}\n${NOISE}`;
}

/** So, nothing can be passed over. */
function byteByByte(redactor: Redactor, text: string): string {
  const stream = redactor.stream();
  const parts = [...Buffer.from(text)].map((byte) => stream.push(Uint8Array.of(byte)));
  return Buffer.concat([...parts, stream.end()]).toString();
}

describe('the part of a text that the search skips', () => {
  test('holds nothing of a value, however its base64 is laid out', () => {
    fc.assert(
      fc.property(
        layouts,
        fc.array(fc.constantFrom('hunter2', 'hunter42!', 'a+b=c/d', "it's me")),
        (layout, others) => {
          const redactor = new Redactor([layout.value, ...others].map((one) => Buffer.from(one)));
          const text = laidOut(layout);
          expect(redactor.text(text)).toBe(byteByByte(redactor, text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([1, 2, 3, 4, 5])('holds no beginning of %i bytes at the end of an indented line', (kept) => {
    const value = 'a8B4AV3uc1Admkvr5Z';
    const encoded = Buffer.from(value).toString('base64');
    const text = `  ${'x'.repeat(76)}${encoded.slice(0, kept)}\n  ${encoded.slice(kept)}\n`;
    expect(new Redactor([Buffer.from(value)]).text(text)).toBe(`  ${'x'.repeat(76)}${encoded.slice(0, kept)}\n  ***\n`);
  });

  test('holds no value shorter than a head, broken and indented', () => {
    for (const at of [1, 2, 3, 4, 5, 6, 7]) {
      const text = `${NOISE}    ${'hunter42'.slice(0, at)}\n    ${'hunter42'.slice(at)}\n${NOISE}`;
      const redactor = new Redactor([Buffer.from('hunter42')]);
      expect(redactor.text(text)).toBe(byteByByte(redactor, text));
      expect(redactor.text(text)).toContain('***');
    }
  });
});
