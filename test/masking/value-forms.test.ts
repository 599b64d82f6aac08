import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/masking/redactor.ts';
import { LONGEST_ENCODED, SHORTEST_FORM, valueForms } from '../../src/masking/value-forms.ts';

const LONG = process.env.LONG !== undefined;
const PEM = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC+/BKcwggSjAgEAAoIBAQC7VJTUt9Us8c\n'.repeat(4)}-----END PRIVATE KEY-----\n`;
const SHAPES = ['ghp_16C7e42F292c6912E7710c838347Ae178B4a', `a b/c"d'e<f>&ü\\%+?`, 'tab\there', PEM];

/** Independent of the product: each writes a text as some program would. */
const ENCODERS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'base64 alone': (text) => Buffer.from(text).toString('base64'),
  'base64 after one byte': (text) => Buffer.from(`x${text}`).toString('base64'),
  'base64 after two bytes': (text) => Buffer.from(`xy${text}z`).toString('base64'),
  'HTTP basic': (text) => `Authorization: Basic ${Buffer.from(`user:${text}`).toString('base64')}`,
  base64url: (text) => Buffer.from(`${text}`).toString('base64url'),
  'base64url in a token': (text) => Buffer.from(`{"k":"${text}"}`).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  URL: encodeURIComponent,
  'URL of a form': (text) => new URLSearchParams({ a: text }).toString(),
  JSON: (text) => JSON.stringify({ a: [text] }),
  'JSON twice': (text) => JSON.stringify(JSON.stringify({ a: text })),
  ANSI: (text) => `\u001b[31m${text}\u001b[0m`,
};

/** Of what is encoded whole no run of so many characters is let through. */
const LET_THROUGH = 5;

/** Whether a recognizable part of one text stands in the other. */
function leaks(encoded: string, masked: string): boolean {
  for (let at = 0; at + LET_THROUGH < encoded.length; at += 1)
    if (masked.includes(encoded.slice(at, at + LET_THROUGH + 1))) return true;
  return false;
}

function inChunks(redactor: Redactor, text: string, cuts: readonly number[]): string {
  const bytes = Buffer.from(text);
  const stream = redactor.stream();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const said = ends.map((end, at) => stream.push(bytes.subarray(ends[at - 1] ?? 0, end)));
  return Buffer.concat([...said, stream.end()]).toString();
}

describe('every promised form', { timeout: LONG ? 120_000 : 30_000 }, () => {
  test.each(Object.keys(ENCODERS))('%s: random values, cut anywhere', (name) => {
    const encode = ENCODERS[name] ?? String;
    const letters = [...`abcXYZ019 _-+/=.:'"\\&<>%$!()#ü€\t`];
    const secret = fc
      .string({ unit: fc.constantFrom(...letters), minLength: 12, maxLength: 60 })
      .filter((one) => new Set(one).size > 6);
    fc.assert(
      fc.property(secret, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const encoded = encode(text);
        const masked = inChunks(new Redactor([Buffer.from(text)]), `before ${encoded} after`, cuts);
        expect(masked.startsWith('before ')).toBe(true);
        expect(masked.endsWith(' after')).toBe(true);
        const core = encoded.replaceAll(/^.*(?:Basic |a=|\[|\{)|[\]}"]+$|=+$/g, '');
        expect([core, leaks(core.slice(8, -8), masked)]).toEqual([core, false]);
      }),
      { numRuns: LONG ? 2_000 : 200, seed: 5 },
    );
  });

  test.each(SHAPES)('every split point of every form (%#)', (shape) => {
    const redactor = new Redactor([Buffer.from(shape)]);
    for (const form of valueForms(Buffer.from(shape)).slice(0, 12)) {
      const text = `<${form.toString()}>`;
      const expected = redactor.text(text);
      expect(expected).not.toContain(form.toString());
      const step = Math.max(1, Math.floor(text.length / 80));
      for (let cut = 0; cut <= text.length; cut += step) expect(inChunks(redactor, text, [cut])).toBe(expected);
    }
  });
});

describe('as real programs write a value', () => {
  /** Each on a line of its own. */
  const PYTHON = `import html, json, os, shlex
from urllib.parse import quote, quote_plus
v = os.environ["V"]
forms = json.dumps({"a": v}), json.dumps(json.dumps(v)), quote(v), quote_plus(v), html.escape(v), shlex.quote(v), os.environb[b"V"].hex()
print(*forms, sep="\\n")`;
  const PROGRAMS: readonly (readonly [string, readonly string[]])[] = [
    ['python3', ['-c', PYTHON]],
    ['bash', ['-c', 'printf %q "$V"']],
    ['bash', ['-c', 'echo "${V@Q}"']],
    ['bash', ['-xc', 'true "$V"']],
    ['sh', ['-c', 'printf %s "$V" | base64']],
    ['sh', ['-c', 'printf %s "$V" | base64 -w0']],
    ['sh', ['-c', 'printf "user:%s" "$V" | base64 -w0']],
    ['sh', ['-c', 'printf %s "$V" | od -An -v -tx1 | tr -d " \\n"']],
    ['node', ['-e', 'console.log(new URLSearchParams({v: process.env.V}).toString())']],
  ];

  test.each(PROGRAMS.flatMap(([program, args]) => SHAPES.map((shape) => [program, args, shape] as const)))(
    '%s %j (%#)',
    (program, args, shape) => {
      const env = { V: shape, PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };
      const output = execFileSync(program === 'node' ? process.execPath : program, args, {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const masked = new Redactor([Buffer.from(shape)]).text(output);
      const pieces = Array.from({ length: Math.max(0, output.length - 16) }, (_, at) => output.slice(at, at + 16));
      const telling = pieces.filter((piece) => !/^-*(?:BEGIN|END)|PRIVATE|-----|^[\W]*$/.test(piece));
      expect(telling.filter((piece) => masked.includes(piece))).toEqual([]);
    },
  );
});

describe('each of these kinds of spelling is found', () => {
  const secret = 'p@ss$w&rd+1=x~/#pässwörd';
  const each = (spell: (character: string) => string) => secret.replace(/[^A-Za-z0-9]/gu, spell);
  const bytes = (character: string, spell: (byte: number) => string) => [...Buffer.from(character)].map(spell).join('');
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  const code = (one: string) => one.charCodeAt(0);
  const SPELLED: Readonly<Record<string, string>> = {
    'percent signs, every character': each((one) => bytes(one, (byte) => `%${hex(byte)}`)),
    'percent signs, some characters': secret.replace(/[@=]/g, (one) => bytes(one, (byte) => `%${hex(byte)}`)),
    'JSON of .NET': each((one) => `\\u${code(one).toString(16).padStart(4, '0').toUpperCase()}`),
    'HTML in decimal': each((one) => `&#${code(one)};`),
    'octal of a shell': each((one) => bytes(one, (byte) => `\\${byte.toString(8).padStart(3, '0')}`)),
    backslashes: each((one) => `\\${one}`),
    'hex in lines of 60': Buffer.from(`1234567${secret.repeat(3)}`)
      .toString('hex')
      .replace(/.{60}/g, '$&\n'),
  };

  test.each(Object.keys(SPELLED))('%s', (name) => {
    const masked = new Redactor([Buffer.from(name.startsWith('hex') ? secret.repeat(3) : secret)]).text(
      SPELLED[name] ?? '',
    );
    expect(masked).toContain('***');
    expect(masked.replaceAll('***', '').length).toBeLessThan(20);
  });

  test('each line of a value without its indent, and no blank line', () => {
    const redactor = new Redactor([Buffer.from('first line\n        \n    token: abcdefgh\nusers:\n')]);
    expect(redactor.text('token: abcdefgh')).toBe('***');
    expect(redactor.text('        deep: 1\nusers:')).toBe('        deep: 1\nusers:');
  });
});

describe('what is not masked, as the README says', () => {
  const secret = 'correct-horse-battery';
  const redactor = new Redactor([Buffer.from(secret)]);
  const MISSED: Readonly<Record<string, string>> = {
    'a part of it': secret.slice(0, 10),
    'with something between its characters': [...secret].join(' '),
    'with colours inside': `${secret.slice(0, 8)}\u001b[31m${secret.slice(8)}`,
    reversed: [...secret].reverse().join(''),
    'in another case': secret.toUpperCase(),
    compressed: gzipSync(secret).toString('latin1'),
    'hex in pairs': Buffer.from(secret).toString('hex').replace(/../g, '$& '),
    'base64 twice': Buffer.from(Buffer.from(secret).toString('base64')).toString('base64'),
    UTF16: Buffer.from(secret, 'utf16le').toString('latin1'),
  };

  test.each(Object.keys(MISSED))('%s', (name) => {
    expect(redactor.text(MISSED[name] ?? '')).toBe(MISSED[name]);
  });

  test('a value under 6 bytes, and the encoded forms of a very long one', () => {
    expect(valueForms(Buffer.from('x'.repeat(SHORTEST_FORM - 1)))).toEqual([]);
    const large = Buffer.from('0123456789abcdef'.repeat(LONGEST_ENCODED / 16 + 1));
    expect(valueForms(large)).toEqual([large]);
  });
});

test('a form is never short, and no form is listed twice', () => {
  for (const shape of [...SHAPES, 'sixsix', '\u0001\u00ff\u0000binary']) {
    const forms = valueForms(Buffer.from(shape, 'latin1')).map((form) => Buffer.from(form).toString('latin1'));
    expect(forms.every((form) => form.length >= SHORTEST_FORM)).toBe(true);
    expect(new Set(forms).size).toBe(forms.length);
  }
});
