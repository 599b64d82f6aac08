import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LockstepError } from '../../../src/errors.ts';
import { seal } from '../../../src/vault/age/age.ts';
import { CanonicalWriter, requireCanonical } from '../../../src/vault/format/canonical.ts';
import { parseFields } from '../../../src/vault/format/canonical-parser.ts';
import { decodeEntry, type Entry, type EntryRecord, encodeEntry } from '../../../src/vault/format/entry-document.ts';
import { Fields } from '../../../src/vault/format/fields.ts';
import { decodeRoot, encodeRoot } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { failure, RootBuilder } from '../rig.ts';

const FILE = 'vault/dev/TOKEN.yaml';
const SIGNATURE = Buffer.alloc(64, 5).toString('base64url');

async function sampleEntry(): Promise<Entry> {
  const { recipient } = Identity.generate();
  const place = { vault: 'TestTestTestTest', group: 'dev', name: 'TOKEN', version: 2, epoch: 1 };
  const ciphertext = Buffer.from(await seal(Buffer.from('value'), recipient, { of: 'entry', ...place }));
  return {
    removed: false,
    group: 'dev',
    name: 'TOKEN',
    description: 'A token',
    allow: ['agent:a', 'tool:b'],
    rotateEvery: '90d',
    expires: '2027-01-31',
    version: 2,
    revision: 5,
    epoch: 1,
    rotated: '2026-11-22',
    by: 'alice',
    ciphertext,
    signature: SIGNATURE,
  };
}

/** Through our own reader and through a YAML library. */
function bothReadings(text: string): { ours: string; yaml: unknown } {
  const written = new CanonicalWriter().text('field', text).finish();
  return { ours: new Fields(FILE, parseFields(FILE, written)).text('field'), yaml: parse(written).field };
}

describe('one text', () => {
  const hard = [
    '',
    ' ',
    ' leading',
    'trailing ',
    'true',
    'False',
    'null',
    '~',
    'yes',
    'NO',
    'on',
    'y',
    '1',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x1f',
    '0o17',
    '1_000',
    '.inf',
    '.nan',
    '12:30:45',
    '2026-11-22',
    '2026-11-22T10:00:00Z',
    '#no',
    'a #comment',
    'a: b',
    'key:',
    '- item',
    '---',
    '...',
    '"quoted"',
    "it's",
    '\\',
    'a\nb',
    'a\r\nb',
    '\t',
    '|',
    '>',
    '[a]',
    '{a}',
    '&a',
    '*a',
    '!tag',
    '%d',
    '@at',
    '`tick`',
    '# end',
    '=',
    '<<',
    'ü',
    '😀',
    'שלום',
    '\u202Eevil',
    '\u200B',
    '\u00a0',
    '\u0000',
    '\u007f',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u{e0041}',
    '\u{10ffff}',
    'a  b',
    "a 'b' c",
  ];

  test.each(hard)('%j is read back unchanged, by us and by a YAML library', (text) => {
    expect(bothReadings(text)).toEqual({ ours: text, yaml: text });
  });

  test('any text is read back unchanged (property)', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[-0-9a-zA-Z_.:#' ]{1,12}$/),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(bothReadings(one)).toEqual({ ours: one, yaml: one });
      }),
      { numRuns: 2000, seed: 4 },
    );
  });

  test('is plain where that is safe, and shows hidden characters', () => {
    const line = (text: string): string => new CanonicalWriter().text('a', text).finish().split('\n')[0] ?? '';
    expect(line('GitHub token of the release bot (v2)')).toBe('a: GitHub token of the release bot (v2)');
    expect(line('2026-11-22')).toBe('a: 2026-11-22');
    expect(line('12')).toBe('a: "12"');
    expect(line('\u202Etxt.exe')).toBe('a: "\\u202etxt.exe"');
    expect(line('\u{e0041}')).toBe('a: "\\udb40\\udc41"');
    expect(line('Schlüssel 😀')).toBe('a: "Schlüssel 😀"');
  });
});

describe('a document', () => {
  test('of an entry is written and read back, and is YAML (property)', async () => {
    const sample = await sampleEntry();
    const grant = fc.constantFrom(
      '*',
      'exec',
      'tool:a',
      'tool:b as:PATH',
      `tool:c@sha256:${'0f'.repeat(32)}`,
      'agent:d',
    );
    const record: fc.Arbitrary<EntryRecord> = fc
      .record({
        description: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }), fc.constant(undefined)),
        allow: fc.uniqueArray(grant).map((grants) => grants.sort()),
        rotateEvery: fc.constantFrom('1d', '90d', '9999y', undefined),
        version: fc.integer({ min: 1, max: 50 }),
        revision: fc.integer({ min: 50, max: 999_999_999_999_999 }),
      })
      .map(({ description, rotateEvery, ...rest }) => {
        const { description: _, rotateEvery: __, ...base } = sample;
        return {
          ...base,
          ...rest,
          ...(description !== undefined && { description }),
          ...(rotateEvery !== undefined && { rotateEvery }),
        };
      });
    const property = fc.property(record, (one) => {
      const text = encodeEntry(one);
      expect(decodeEntry(FILE, text)).toEqual(one);
      const { removed: _, ciphertext, ...rest } = one as Entry;
      const read = parse(text);
      expect(read).toEqual({ format: 'lockstep-secret/1', ...rest, value: read.value });
      expect(Buffer.from(read.value.split('\n').slice(1, -2).join(''), 'base64').equals(ciphertext)).toBe(true);
    });
    fc.assert(property, { numRuns: 300, seed: 5 });
  });

  test('of a removal is written and read back, and is YAML', () => {
    const stone: EntryRecord = {
      removed: true,
      group: 'dev',
      name: 'TOKEN',
      version: 3,
      revision: 9,
      by: 'alice',
      signature: SIGNATURE,
    };
    expect(decodeEntry(FILE, encodeEntry(stone))).toEqual(stone);
    expect(parse(encodeEntry(stone))).toEqual({ format: 'lockstep-secret/1', ...stone });
  });

  test('of a vault is written and read back, and is YAML, even where names are words of YAML', async () => {
    const [one, two] = [Identity.generate(), Identity.generate()];
    const cast = { null: { identity: one, admin: true }, constructor: { identity: two, readsOnly: true } };
    const rights = {
      yes: { readers: ['null', 'constructor'], writers: ['null'] },
      empty: { readers: [], writers: [] },
    };
    const document = await new RootBuilder().next(null, cast, rights, 'null', one);
    const text = encodeRoot(document);
    expect(decodeRoot(text)).toEqual({
      ...document,
      keys: new Map([...document.keys].sort()),
      groups: new Map([...document.groups].sort()),
    });
    const read = parse(text);
    expect(Object.keys(read)).toEqual(['format', 'vault', 'members', 'groups', 'roots', 'keys']);
    expect(read.members).toEqual({
      constructor: { recipient: two.recipient },
      null: { recipient: one.recipient, signing: one.signingKey, admin: true },
    });
    expect(read.groups.yes).toEqual({
      recipient: document.groups.get('yes')?.recipient,
      epoch: 1,
      readers: ['constructor', 'null'],
      writers: ['null'],
    });
    expect(read.roots).toEqual(document.roots);
    expect(read.keys).toEqual({ empty: {}, yes: Object.fromEntries(document.keys.get('yes') ?? []) });
  });
});

describe('a file that is not in canonical form', () => {
  /** What is changed, the line that is named, and a part of the message. */
  const cases: readonly (readonly [string, (text: string) => string, number, string])[] = [
    [
      'a field that does not belong',
      (text) => text.replace('epoch:', 'extra: 1\nepoch:'),
      10,
      '"extra" is not a field that belongs here',
    ],
    ['a missing field', (text) => text.replace(/rotated: .*\n/, ''), 1, 'the field "rotated" is missing'],
    [
      'a repeated field',
      (text) => text.replace('epoch: 1\n', 'epoch: 1\nepoch: 1\n'),
      11,
      'the field "epoch" stands here twice',
    ],
    [
      'fields in another order',
      (text) => text.replace('epoch: 1\nrotated: 2026-11-22', 'rotated: 2026-11-22\nepoch: 1'),
      10,
      'the one form',
    ],
    ['a needless quote', (text) => text.replace('by: alice', 'by: "alice"'), 12, 'the one form'],
    ['a comment', (text) => text.replace('epoch: 1', 'epoch: 1 # one'), 10, 'is not a whole number'],
    ['a trailing space', (text) => text.replace('by: alice', 'by: alice '), 12, 'is not the name of a member'],
    ['an empty line', (text) => text.replace('by: alice', '\nby: alice'), 12, 'a field or the closing line'],
    ['a leading zero', (text) => text.replace('revision: 5', 'revision: 05'), 9, 'is not a whole number'],
    ['a zero', (text) => text.replace('epoch: 1', 'epoch: 0'), 10, 'counts from 1'],
    [
      'a number beyond counting',
      (text) => text.replace('revision: 5', `revision: ${'9'.repeat(16)}`),
      9,
      'is not a whole number',
    ],
    ['a revision below the version', (text) => text.replace('revision: 5', 'revision: 1'), 9, 'is below the version'],
    ['an unsorted list', (text) => text.replace('["agent:a", "tool:b"]', '["tool:b", "agent:a"]'), 5, 'is not sorted'],
    [
      'a doubled grant',
      (text) => text.replace('["agent:a", "tool:b"]', '["tool:b", "tool:b"]'),
      5,
      'holds something twice',
    ],
    ['a tight list', (text) => text.replace('["agent:a", "tool:b"]', '["agent:a","tool:b"]'), 5, 'the one form'],
    ['no grant in a list', (text) => text.replace('"agent:a"', '"agent:A"'), 5, 'not a grant'],
    ['no list', (text) => text.replace('["agent:a", "tool:b"]', '{}'), 5, 'is not a list of texts'],
    ['no day at all', (text) => text.replace('2026-11-22', 'tomorrow'), 11, 'is not a date'],
    ['a day that never was', (text) => text.replace('2026-11-22', '2026-02-30'), 11, 'is not a date'],
    ['an endless duration', (text) => text.replace('90d', '90x'), 6, 'is not a duration'],
    ['half a surrogate pair', (text) => text.replace('A token', '"\\ud800"'), 4, 'is not a text'],
    ['an escape that need not be', (text) => text.replace('A token', '"\\u0041 token"'), 4, 'the one form'],
    ['an empty description', (text) => text.replace('A token', '""'), 4, 'is empty or longer'],
    ['no end line', (text) => text.replace('# end\n', ''), 23, 'closing line "# end" was expected'],
    ['something after the end', (text) => `${text}more\n`, 24, 'has to be the last one'],
    [
      'armor wrapped otherwise',
      (text) => text.replace(/(FILE-----\n {2}.{63})(.)/, '$1\n  $2'),
      13,
      'is not canonical age armor',
    ],
    ['a name on several', (text) => text.replace('by: alice', 'by: |\n  alice'), 12, 'has to stand on one line'],
    ['a value on one line', (text) => text.replace(/value: \|\n(?: {2}.*\n)+/, 'value: abc\n'), 13, 'is not a block'],
    ['another format', (text) => text.replace('secret/1', 'secret/2'), 1, 'is not "lockstep-secret/1"'],
    [
      'a file of two kinds',
      (text) => text.replace('# end', 'removed: true\n# end'),
      4,
      'the field "description" is not a field that belongs here',
    ],
    [
      'a removal that is denied',
      (text) => text.replace('# end', 'removed: false\n# end'),
      23,
      'may only be "true" or absent',
    ],
    ['a byte order mark', (text) => `\ufeff${text}`, 1, 'a field or the closing line'],
    [
      'a prototype for a field',
      (text) => text.replace('epoch: 1', '__proto__: 1\nepoch: 1'),
      10,
      'a field or the closing line',
    ],
    ['nothing', () => '', 1, 'a field or the closing line'],
    [
      'depth',
      (text) =>
        text.replace(
          'by: alice',
          `by:\n${Array.from({ length: 9 }, (_, at) => `${' '.repeat(2 + at * 2)}a:`).join('\n')}`,
        ),
      19,
      'nested deeper',
    ],
  ];

  test.each(cases)('%s: is refused with its line', async (_, change, line, message) => {
    const text = encodeEntry(await sampleEntry());
    const error = await failure(() => decodeEntry(FILE, change(text)));
    expect(error.code).toBe('vault/malformed');
    expect(error.message).toMatch(new RegExp(`^${FILE}:${line}: `));
    expect(error.message).toContain(message);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ['a needless quote', (text) => text.replace('by: alice', 'by: "alice"'), /:\d+: not written in the one form/],
    [
      'members in another order',
      (text) => text.replace(/( {2}alice:\n(?: {4}.*\n)+)( {2}bob:\n(?: {4}.*\n)+)/, '$2$1'),
      /:4: not written in the one form/,
    ],
    [
      'an empty text that may be absent',
      (text) => text.replace('groups:', '    signing: ""\ngroups:'),
      /is not an Ed25519 public key/,
    ],
    [
      'a member twice',
      (text) => text.replace(/( {2}bob:\n(?: {4}.*\n)+)/, '$1$1'),
      /the field "bob" stands here twice/,
    ],
    [
      'a right that is denied',
      (text) => text.replace('    admin: true', '    admin: false'),
      /may only be "true" or absent/,
    ],
    [
      'a field of another place',
      (text) => text.replace('    admin: true', '    epoch: 1'),
      /"epoch" is not a field that belongs here/,
    ],
    ['a member without fields', (text) => text.replace('groups:', '  zoe:\ngroups:'), /"recipient" is missing/],
    ['a member who is a text', (text) => text.replace('groups:', '  zoe: x\ngroups:'), /"zoe" is not a map/],
    [
      'a list in the place of a map',
      (text) => text.replace('members:', 'members: []'),
      /is not a map|was expected here/,
    ],
    [
      'a map in the place of a list',
      (text) => text.replace(/roots:\n(?: {2,}.*\n)+/, 'roots: {}\n'),
      /is not a list of maps/,
    ],
    [
      'a text in the place of a map',
      (text) => text.replace(/members:\n(?: {2}.*\n)+/, 'members: |\n  alice\n'),
      /"members" is not a map/,
    ],
    [
      'a field of a root twice',
      (text) => text.replace(/( {2}- version: 1\n)/, '$1    version: 1\n'),
      /the field "version" stands here twice/,
    ],
    [
      'a reader of an illegal name',
      (text) => text.replace('readers: ["alice"]', 'readers: ["Alice"]'),
      /"readers" holds something that is not the name of a member/,
    ],
    ['another version of the format', (text) => text.replace('vault/1', 'vault/9'), /is not "lockstep-vault\/1"/],
    ['an id that is none', (text) => text.replace('TestTestTestTest', '../../../etc/pass'), /is not the id of a vault/],
  ])('of a vault, %s: is refused', async (_, change, message) => {
    const [alice, bob] = [Identity.generate(), Identity.generate()];
    const cast = { alice: { identity: alice, admin: true }, bob: { identity: bob, readsOnly: true } };
    const rights = { dev: { readers: ['alice'], writers: ['alice'] } };
    const text = encodeRoot(await new RootBuilder().next(null, cast, rights, 'alice', alice));
    expect(change(text)).not.toBe(text);
    const error = await failure(() => decodeRoot(change(text)));
    expect(error.code).toBe('vault/malformed');
    expect(error.message).toMatch(message);
  });

  test('Windows line ends and merge conflicts have their own messages', async () => {
    const text = encodeEntry(await sampleEntry());
    const windows = await failure(() => decodeEntry(FILE, text.replaceAll('\n', '\r\n')));
    expect(windows.message).toBe(`${FILE}:1: has Windows line ends, which change signed bytes`);
    expect(windows.hints.join()).toContain('.gitattributes');
    const conflict = text.replace('by: alice\n', '<<<<<<< HEAD\nby: alice\n=======\nby: bob\n>>>>>>> other\n');
    expect((await failure(() => decodeEntry(FILE, conflict))).message).toBe(
      `${FILE}:12: holds an unsettled merge conflict`,
    );
  });

  test('is never quoted in a message', async () => {
    const text = encodeEntry(await sampleEntry());
    for (const put of ['hunter2', 'hunter2: hunter2', '"hunter2', '["hunter2"', '  hunter2']) {
      const changed = [
        text.replace('A token', put),
        text.replace('90d', put),
        text.replace('by: alice', put),
        text.replace('value: |', `value: ${put}`),
      ];
      for (const one of changed.slice(put.includes(':') ? 3 : 0)) {
        const error = await failure(() => decodeEntry(FILE, one)).catch((other: Error) => other);
        expect(error instanceof LockstepError ? error.message : '').not.toContain('hunter2');
      }
    }
  });

  test('is compared to the last byte', () => {
    expect(() => requireCanonical('f', 'a\nb\n', 'a\nb')).toThrow('f:3');
    expect(() => requireCanonical('f', 'a\nb', 'a\nb\n')).toThrow('f:3');
    expect(() => requireCanonical('f', 'a\nc\n', 'a\nb\n')).toThrow('f:2');
    expect(() => requireCanonical('f', 'a\nb\n', 'a\nb\n')).not.toThrow();
  });
});
