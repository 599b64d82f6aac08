import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/masking/redactor.ts';
import { SHORTEST_FORM, valueForms } from '../../src/masking/value-forms.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const plain = (masked: Uint8Array): string => Buffer.from(masked).toString('latin1');

/** What a redactor has to say, the slow way: all occurrences of all patterns, united where they overlap. */
function reference(values: readonly Uint8Array[], output: Uint8Array): string {
  const text = plain(output);
  const found: [number, number][] = [];
  for (const pattern of values.flatMap(valueForms)) {
    const wanted = plain(pattern);
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1))
      found.push([at, at + wanted.length]);
  }
  const unions: [number, number][] = [];
  for (const [start, end] of found.sort(([a, b], [c, d]) => a - c || b - d)) {
    const last = unions.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else unions.push([start, end]);
  }
  let [masked, cursor] = ['', 0];
  for (const [start, end] of unions) {
    masked += `${text.slice(cursor, start)}***`;
    cursor = end;
  }
  return masked + text.slice(cursor);
}

/** The slow way: of what is added, what begins where the first output may still be held back. */
function grown(before: readonly string[], added: readonly string[], first: string, then: string): string {
  const forms = (values: readonly string[]) => values.flatMap((value) => valueForms(bytes(value))).map(plain);
  const old = forms(before);
  let held = first.length;
  while (held > 0 && !old.some((form) => form.length > held && form.startsWith(first.slice(first.length - held))))
    held--;
  const safe = first.length - held;
  const text = first + then;
  const hidden = new Array<boolean>(text.length + 1).fill(false);
  const joined = new Set<number>();
  for (const [from, patterns] of [
    [0, old],
    [safe, forms(added)],
  ] as const)
    for (const pattern of patterns)
      for (let at = text.indexOf(pattern, from); at !== -1; at = text.indexOf(pattern, at + 1))
        for (let one = at; one < at + pattern.length; one++) {
          hidden[one] = true;
          if (one > at) joined.add(one);
        }
  return [...text].map((one, at) => (hidden[at] ? (joined.has(at) ? '' : '***') : one)).join('');
}

function inChunks(redactor: Redactor, output: Uint8Array, cuts: readonly number[]): string {
  const stream = redactor.stream();
  const ends = [...cuts, output.length].sort((a, b) => a - b);
  const said = ends.map((end, index) => plain(stream.push(output.slice(ends[index - 1] ?? 0, end))));
  return said.join('') + plain(stream.end());
}

describe('masking', () => {
  test.each([
    ['nothing to mask', ['secret'], 'an open line', 'an open line'],
    ['one', ['secret'], 'a secret line', 'a *** line'],
    ['all of it', ['secret'], 'secret', '***'],
    ['two that touch stay two', ['secret'], 'secretsecret', '******'],
    ['two that overlap become one', ['abcabcabc'], 'abcabcabcabc.', '***.'],
    ['one within another', ['secret', 'a secret line'], '>a secret line<', '>***<'],
    ['a longer one that does not come true', ['secret', 'a secret line'], '>a secret lime<', '>a *** lime<'],
    ['a chain of three', ['abcdef', 'efghij', 'ijklmn'], '-abcdefghijklmn-', '-***-'],
    ['a bridge between two that only touch', ['abcdef', 'ghijkl', 'defghi'], '-abcdefghijkl-', '-***-'],
    ['a false start inside a true one', ['aaaaab'], 'aaaaaaab', 'aa***'],
    ['endless overlap', ['aaaaaa'], `b${'a'.repeat(1000)}b`, 'b***b'],
    ['each line of a value', ['first line\nsecond line'], 'second line, first line', '***, ***'],
    ['all lines of a value at once', ['first line\nsecond line'], 'first line\nsecond line', '***'],
    ['lines that end with CR LF', ['first line\r\nsecond line\r\n'], 'first line\nsecond line\n', '***\n***\n'],
    ['no short lines', ['long line\nabc\n\n'], 'abc\n\nlong line', 'abc\n\n***'],
    ['no short values', ['short', ''], 'short', 'short'],
    ['bytes that are no text', ['\xff\0\xfe\0\0\x80'], 'a\xff\0\xfe\0\0\x80b', 'a***b'],
    ['a value given twice', ['secret', 'secret'], 'secret', '***'],
  ])('%s', (_, values, output, expected) => {
    const redactor = new Redactor(values.map(bytes));
    expect(plain(redactor.bytes(bytes(output)))).toBe(expected);
    expect(reference(values.map(bytes), bytes(output))).toBe(expected);
    for (let cut = 0; cut <= output.length; cut++) expect(inChunks(redactor, bytes(output), [cut])).toBe(expected);
    const everywhere = [...output].map((_, at) => at);
    expect(inChunks(redactor, bytes(output), everywhere)).toBe(expected);
  });

  test('text keeps its characters', () => {
    const redactor = new Redactor([Buffer.from('größer')]);
    expect(redactor.text('\ufeffviel größer 🔐 größe')).toBe('\ufeffviel *** 🔐 größe');
  });

  test('a chunk with nothing to mask is returned unchanged', () => {
    const chunk = bytes('x'.repeat(SHORTEST_FORM));
    expect(new Redactor([bytes('x'.repeat(SHORTEST_FORM - 1))]).stream().push(chunk)).toBe(chunk);
    expect(new Redactor([bytes('x'.repeat(SHORTEST_FORM))]).bytes(chunk)).not.toBe(chunk);
  });

  test('an added value is masked from then on, also where its beginning is still held back (property)', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 6, maxLength: 9 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 60 });
    const property = fc.property(
      fc.array(word, { maxLength: 2 }),
      fc.array(word, { minLength: 1, maxLength: 2 }),
      text,
      text,
      (before, added, first, then) => {
        const redactor = new Redactor(before.map(bytes));
        const inner = redactor.with([]);
        const stream = inner.stream();
        const said = plain(stream.push(bytes(first)));
        inner.add(added.map(bytes));
        const whole = said + plain(stream.push(bytes(then))) + plain(stream.end());
        expect(whole).toBe(grown(before, added, first, then));
      },
    );
    fc.assert(property, { numRuns: 5_000 });
  });

  test('values that are added one after the other are masked as if they had been there from the start (property)', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 6, maxLength: 9 }).map(bytes);
    const added = fc.array(fc.array(word, { maxLength: 3 }), { maxLength: 24 });
    const output = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 80 }).map(bytes);
    const property = fc.property(
      fc.array(word, { maxLength: 9 }),
      added,
      output,
      fc.nat(80),
      (before, more, text, cut) => {
        const redactor = new Redactor(before);
        const inner = redactor.with([bytes('ababab')]);
        for (const values of more) redactor.add(values);
        const expected = reference([...before, ...more.flat(), bytes('ababab')], text);
        expect(inChunks(inner, text, [Math.min(cut, text.length)])).toBe(expected);
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  test('a value that was found and held back stays masked, whatever is found in it later', () => {
    const [known, other] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ0123', 'PQRSTUVWXYZ0123-tail'];
    const redactor = new Redactor([bytes(known), bytes(other)]);
    const stream = redactor.stream();
    const said = plain(stream.push(bytes(known)));
    redactor.add([bytes('QRSTUV')]);
    expect(said + plain(stream.push(bytes('\n'))) + plain(stream.end())).toBe('***\n');
  });

  const LINE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

  test('a value known from the start is never shown, however many are added in between (property)', () => {
    // Cut from one line, so that they overlap in every way.
    const cut = (least: number) =>
      fc.tuple(fc.nat(26), fc.integer({ min: least, max: 20 })).map(([at, length]) => LINE.slice(at, at + length));
    const word = cut(6).filter(({ length }) => length >= 6);
    const text = fc.array(cut(0), { maxLength: 3 }).map((parts) => parts.join(''));
    const known = fc.array(word, { minLength: 1, maxLength: 4 });
    const additions = fc.array(fc.tuple(text, fc.array(word, { maxLength: 2 })), { maxLength: 5 });
    const property = fc.property(known, additions, text, (before, more, last) => {
      const redactor = new Redactor(before.map(bytes));
      const stream = redactor.stream();
      let masked = '';
      for (const [chunk, values] of more) {
        masked += plain(stream.push(bytes(chunk)));
        redactor.add(values.map(bytes));
      }
      masked += plain(stream.push(bytes(last))) + plain(stream.end());
      // What is left stands in the text between the masks, and what was known from the start is not in it.
      const whole = more.map(([chunk]) => chunk).join('') + last;
      const open = reference(before.map(bytes), bytes(whole)).split('***');
      const left = masked.split('***').join('').length;
      expect(left).toBeLessThanOrEqual(open.join('').length);
      for (const value of before) expect(masked).not.toContain(value);
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  test('without a value to mask, even bytes that are not text stay unchanged', () => {
    expect(new Redactor([]).text('\ud800 as it was')).toBe('\ud800 as it was');
  });
});

describe('against the reference', () => {
  const casesOf = (...letters: string[]) => {
    const unit = fc.constantFrom(...letters);
    const word = (minLength: number, maxLength: number) => fc.string({ unit, minLength, maxLength }).map(bytes);
    return fc.record({
      values: fc.array(word(4, 14), { maxLength: 6 }),
      output: word(0, 120),
      cuts: fc.array(fc.nat(120), { maxLength: 8 }),
    });
  };
  const cutUp = (redactor: Redactor, output: Uint8Array, cuts: readonly number[]) =>
    inChunks(
      redactor,
      output,
      cuts.map((cut) => Math.min(cut, output.length)),
    );

  test('any values in any output, cut anywhere', () => {
    fc.assert(
      fc.property(casesOf('a', 'b', 'c'), ({ values, output, cuts }) => {
        const redactor = new Redactor(values);
        const expected = reference(values, output);
        expect(plain(redactor.bytes(output))).toBe(expected);
        expect(cutUp(redactor, output, cuts)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test('values of several lines are found, and more where lines break within them, wherever the output is cut', () => {
    fc.assert(
      fc.property(casesOf('a', 'b', '\n'), ({ values, output, cuts }) => {
        const redactor = new Redactor(values);
        const masked = plain(redactor.bytes(output));
        // Line breaks are passed over, so they do not count towards the shortest value that is masked.
        for (const value of values.map(plain))
          if (value.replaceAll('\n', '').length >= SHORTEST_FORM) expect(masked).not.toContain(value);
        expect(cutUp(redactor, output, cuts)).toBe(masked);
      }),
      { numRuns: 2_000 },
    );
  });

  test('values planted in noise, at every split point', () => {
    const values = Array.from({ length: 40 }, (_, index) => randomBytes(SHORTEST_FORM + (index % 20)));
    const output = Buffer.concat(
      values.flatMap((value, index) => [randomBytes(index % 9), value, value.subarray(0, 5)]),
    );
    const redactor = new Redactor(values);
    const expected = reference(values, output);
    expect(expected.split('***').length).toBeGreaterThan(values.length);
    for (let cut = 0; cut <= output.length; cut++) expect(inChunks(redactor, output, [cut])).toBe(expected);
  });

  test('thousands of values that share beginnings and ends', () => {
    const values = Array.from({ length: 3_000 }, (_, index) => bytes(`token-${index * 7}-end${index % 10}`));
    const output = bytes(Array.from({ length: 2_000 }, (_, index) => `token-${index}-end${index % 10} `).join(''));
    expect(plain(new Redactor(values).bytes(output))).toBe(reference(values, output));
  });
});

describe('a stream', () => {
  test('holds back only what may be the beginning of a secret', () => {
    const stream = new Redactor([bytes('secret'), bytes('settles')]).stream();
    const says = (chunk: string) => plain(stream.push(bytes(chunk)));
    expect(says('a line\n')).toBe('a line\n');
    expect(says('a se')).toBe('a ');
    expect(says('cre')).toBe('');
    expect(says('s')).toBe('secre');
    expect(says('ettle')).toBe('');
    expect(says('s') + says('!')).toBe('***!');
    expect(says('secret')).toBe('***');
    expect(says('s')).toBe('');
    expect(plain(stream.end())).toBe('s');
  });

  test('can be used again after its end', () => {
    const stream = new Redactor([bytes('secret')]).stream();
    stream.push(bytes('sec'));
    expect(plain(stream.end())).toBe('sec');
    expect(plain(stream.push(bytes('ret secret')))).toBe('ret ***');
  });

  test('an added value is also looked for in the text that is held back to the end', () => {
    const redactor = new Redactor([bytes('tokenABC-123456-longer')]);
    const stream = redactor.stream();
    const said = plain(stream.push(bytes('say tokenABC-123456')));
    redactor.add([bytes('tokenABC-123456')]);
    expect(said + plain(stream.end())).toBe('say ***');
    expect(redactor.beginning.text('tokenABC-123456')).toBe('tokenABC-123456');
  });

  test('does not change a chunk, nor depend on it later', () => {
    const stream = new Redactor([bytes('secret')]).stream();
    const chunk = bytes('a sec');
    const said = plain(stream.push(chunk));
    expect(plain(chunk)).toBe('a sec');
    chunk.fill(0);
    expect(said + plain(stream.push(bytes('tor')))).toBe('a sector');
  });

  test('buffers no more than a secret while it reads 200 MB', { timeout: 120_000 }, () => {
    const redactor = new Redactor([bytes('secret value'), bytes('a'.repeat(100))]);
    const stream = redactor.stream();
    const chunk = bytes(`${'some text and a secret value\n'.repeat(1_000)}${'a'.repeat(20_000)}`);
    const before = process.memoryUsage();
    let said = 0;
    for (let round = 0; round * chunk.length < 200_000_000; round++) said += stream.push(chunk).length;
    expect(said).toBeGreaterThan(50_000_000);
    const after = process.memoryUsage();
    expect(after.heapUsed - before.heapUsed).toBeLessThan(60_000_000);
    expect(after.rss - before.rss).toBeLessThan(200_000_000);
  });

  test('buffers nothing of one endless secret', () => {
    const stream = new Redactor([bytes('a'.repeat(50))]).stream();
    const chunk = bytes('a'.repeat(100_000));
    for (let round = 0; round < 100; round++) expect(stream.push(chunk).length).toBe(0);
    expect(plain(stream.end())).toBe('***');
  });
});

describe('a value of a megabyte', () => {
  const value = Buffer.from(randomBytes(760_000).toString('base64').replace(/.{76}/g, '$&\n'));

  test('is masked as a whole and by its lines', () => {
    const redactor = new Redactor([value]);
    const lines = value.toString().split('\n');
    expect(redactor.text(`>${value.toString()}<`)).toBe('>***<');
    expect(redactor.text(`>${lines[5]}, ${lines[9_000]}<`)).toBe('>***, ***<');
  });

  test('is masked when it comes byte by byte', () => {
    const stream = new Redactor([value]).stream();
    let said = '';
    for (const byte of value) said += plain(stream.push(Uint8Array.of(byte)));
    expect(said + plain(stream.end())).toBe('***');
  });

  test('is released when its last byte differs', () => {
    const almost = Buffer.from(value.toString().replaceAll('\n', ' '));
    const redactor = new Redactor([almost]);
    const other = Buffer.concat([almost.subarray(0, -1), Buffer.from('!')]);
    expect(Buffer.from(redactor.bytes(other)).equals(other)).toBe(true);
  });
});
