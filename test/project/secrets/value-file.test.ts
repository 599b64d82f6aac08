import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import { dotenvLine, parseDotenv } from '../../../src/project/secrets/dotenv.ts';
import { readValueFile, type ValueFormat } from '../../../src/project/secrets/value-file.ts';

const read = (text: string, format?: ValueFormat, file = 'file') =>
  Object.fromEntries(
    [...readValueFile(file, Buffer.from(text), format && { format })].map(([name, value]) => [name, String(value)]),
  );

function refusal(text: string | Uint8Array, format?: ValueFormat): LockstepError {
  try {
    readValueFile('file', Buffer.from(text), format && { format });
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('a dotenv file', () => {
  test.each([
    ['A=b', 'b'],
    ['  export   A = b c  ', 'b c'],
    ['A=b # a comment', 'b'],
    ['A=b#c', 'b#c'],
    ['A=# nothing', ''],
    ['A=', ''],
    ["A='b # c \\n $D'", 'b # c \\n $D'],
    ["A='' # empty", ''],
    ['A="b\\nc\\t\\"d\\" \\\\ \\$e \\x"', 'b\nc\t"d" \\ $e \\x'],
    ['A="one\ntwo\n"', 'one\ntwo\n'],
    ["A='one\r\ntwo'", 'one\r\ntwo'],
    ['A=`it\'s "so"`', 'it\'s "so"'],
    ['\uFEFF# comment\r\n\r\nA=b\r\n', 'b'],
    ['A=b=c==', 'b=c=='],
    ['A=$HOME and ${B}', '$HOME and ${B}'],
  ])('%j gives %j', (text, value) => {
    expect(read(text, 'dotenv')).toEqual({ A: value });
  });

  test('all faults are reported, by line and without quoting the text', () => {
    const error = refusal('A=fine\nkey-material\nB="never closed-material\nC=1', 'dotenv');
    expect(error.message).toBe(
      'file:2: is neither NAME=value nor a comment\nfile:3: opens a quote that is never closed\nnothing was imported',
    );
    const other = refusal('A="x" material\nA=2\na=3\nb.c=material\nK=-----BEGIN material-----\nfoo', 'dotenv');
    expect(other.message).not.toContain('material');
    expect(other.message.match(/^file:\d+/gm)).toEqual(['file:1', 'file:3', 'file:4', 'file:5', 'file:6']);
  });

  test('a written file is read back unchanged, by this reader and by a shell', () => {
    const texts = fc.string({
      unit: fc.oneof(fc.constantFrom(...'\'"`\\$#= \n\r\t!{}'), fc.string({ unit: 'binary', maxLength: 1 })),
    });
    const sound = texts.filter((text) => text.isWellFormed() && !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 5 }), (values) => {
        const named = values.map((value, index) => ({ name: `N${index}`, value }));
        const { values: back, faults } = parseDotenv(named.map(({ name, value }) => dotenvLine(name, value)).join(''));
        expect(faults).toEqual([]);
        expect(back.map(({ name, value }) => ({ name, value }))).toEqual(named);
      }),
      { numRuns: 2000 },
    );
    const plain = 'one "two" $HOME `id` \\ !\nthree\n';
    const said = execFileSync('sh', ['-c', `${dotenvLine('A', plain)}printf %s "$A"`], { encoding: 'utf8' });
    expect(said).toBe(plain);
  });
});

describe('a JSON object, or the decrypted output of sops', () => {
  test('gives its texts, and numbers as written', () => {
    expect(read('{"A": "b\\n\\u00fc", "B": 1.10, "C": true, "D": {"base64": "AP8="}}')).toEqual({
      A: 'b\nü',
      B: '1.10',
      C: 'true',
      D: Buffer.from([0, 255]).toString(),
    });
    expect([...readValueFile('f.json', Buffer.from('{"D": {"base64": "AP8="}}')).values()]).toEqual([
      Buffer.from([0, 255]),
    ]);
    expect(read('# comment\nA: b\nB: |\n  one\n  two\n')).toEqual({ A: 'b', B: 'one\ntwo\n' });
    expect(read('A: b\n', undefined, 'secrets.yaml')).toEqual({ A: 'b' });
  });

  test.each([
    ['{"A": "material"', 'json', 'file:1: begins no JSON object'],
    ['["material"]', 'json', 'file:1: begins no JSON object'],
    ['A: material\n', 'json', 'file:1: begins no JSON object'],
    ['{"A": "material",\n"A": "other"}', 'json', 'file:2: has a name that was given before'],
    ['{"A": null,\n"B": ["material"]}', 'json', 'file:2: has a value that is not text'],
    ['A: {b: material}\n', 'sops', 'file:1: has a value that is not text'],
    ['A: &x material\nB: *x\n', 'sops', 'file:2: cannot be read'],
    ['material\n', 'sops', 'file:1: is not one set of names and values'],
    ['{"__proto__": "material", "constructor": "x"}', 'json', 'file:1: has a name that a secret cannot have'],
    ['{"A": {"base64": "not!material"}}', 'json', 'file:1: has a value that is not text'],
  ] as const)('%j as %s is refused without a word of it', (text, format, said) => {
    const { message, code } = refusal(text, format);
    expect(message).toContain(said);
    expect(message).not.toContain('material');
    expect(code).toBe('import/invalid');
  });

  test.each([
    'A: ENC[AES256_GCM,data:abc]\nsops:\n  mac: x\n',
    '{"A": "ENC[AES256_GCM,data:abc]"}',
    'A=x\nsops_mac=y\n',
  ])('that is still encrypted by sops is recognized: %j', (text) => {
    expect(refusal(text).hints[0]).toMatch(
      /^sops -d --output-type json file \| lockstep secret import - --format json$/,
    );
  });

  test('that sops encrypted as a whole is set as one value', () => {
    const encrypted = '{\n\t"data": "ENC[AES256_GCM,data:abc]",\n\t"sops": {"mac": "x"}\n}\n';
    expect(refusal(encrypted).hints).toEqual(['sops -d file | lockstep secret set NAME --keep-newline']);
  });

  test('that is nested is joined by the separator that the user gives, or refused with a hint to it', () => {
    // As `sops -d --output-type json` indents.
    const nested =
      '{\n\t"db": {\n\t\t"password": "a#b\\n",\n\t\t"port": 5432\n\t},\n\t"hosts": [\n\t\t"one",\n\t\t{\n\t\t\t"two": true\n\t\t}\n\t]\n}\n';
    const flat = (flatten: '_' | '__') =>
      Object.fromEntries(
        [...readValueFile('f', Buffer.from(nested), { flatten })].map(([name, value]) => [name, String(value)]),
      );
    expect(flat('_')).toEqual({ db_password: 'a#b\n', db_port: '5432', hosts_0: 'one', hosts_1_two: 'true' });
    expect(Object.keys(flat('__'))).toEqual(['db__password', 'db__port', 'hosts__0', 'hosts__1__two']);
    expect(refusal(nested, 'json').message).toBe(
      'file:2: has a value that is not text; --flatten _ joins nested names: db_password\nfile:6: has a value that is not text; --flatten _ joins nested names: db_password\nnothing was imported',
    );
    expect(() => readValueFile('f', Buffer.from('{"a": {"b": "x"}, "a_b": "y"}'), { flatten: '_' })).toThrow(
      'f:1: has a name that was given before',
    );
  });

  test('that is empty, not text, or endless is refused', () => {
    expect(refusal('').message).toContain('no value');
    expect(refusal(Buffer.from([0x41, 0x3d, 0xff])).message).toContain('not UTF-8');
    const many = Array.from({ length: 1001 }, (_, index) => `N${index}=x`).join('\n');
    expect(refusal(many).message).toContain('more than 1000 values');
    expect(refusal(`{"A":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`).code).toBe('import/invalid');
  });
});
