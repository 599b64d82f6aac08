import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Argument, ArgumentSchema } from '../../../src/definition/model/tool.ts';
import { declarationFaults } from '../../../src/definition/reading/argument-declaration.ts';
import { readArgumentText, valueFaults } from '../../../src/definition/values/argument-value.ts';
import { loadPatternEngine } from '../../../src/definition/values/pattern.ts';
import { FORMAT_EXAMPLES, formatInWords, TEXT_FORMATS } from '../../../src/definition/values/text-format.ts';
import type { JsonValue } from '../../../src/text/node.ts';

const SEED = 20_261_123;

beforeAll(loadPatternEngine);

const ajv = new Ajv2020({ strict: false, allErrors: false, ownProperties: true });
addFormats.default(ajv, ['date', 'date-time', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid']);

/** Ours takes an argument without `type` for text; JSON Schema takes it for anything. */
function ajvAccepts(schema: ArgumentSchema, value: JsonValue): boolean {
  return ajv.compile({ type: 'string', ...schema })(value);
}

const PATTERNS = [
  '^[a-z]+$',
  'b',
  '^$',
  '^.{2,3}$',
  '[0-9]{2}',
  '^(a|bc)*$',
  '^[^ ]+@[^ ]+$',
  '\\d+\\.\\d',
  '^\\w\\s\\W$',
  'é',
  '^..$',
];
/** Without `constructor`, `toString`, `__proto__` and the empty one, which ajv itself trips over; tests of their own are below. */
const KEYS = ['a', 'b', 'hasOwnProperty', 'a b'];

const text = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'abc', 'B', '12', '3.4', 'é', '😀', '😀😀', ' ', 'a@b', 'a b'),
  fc.string({ maxLength: 4 }),
  fc.string({ maxLength: 4, unit: 'binary' }),
);
const number = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.constantFrom(0.5, 1.5, -0.1, 0.3, 1e15, 2.0),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -4, max: 8 }),
);
const scalar: fc.Arbitrary<JsonValue> = fc.oneof(text, number, fc.boolean(), fc.constant(null));

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 3 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
}));

const count = fc.integer({ min: 0, max: 3 });
const limit = fc.constantFrom(-1, 0, 0.5, 1, 2, 3);
const { schema } = fc.letrec<{ schema: ArgumentSchema }>((tie) => {
  const any = {
    enum: fc.array(value, { minLength: 1, maxLength: 3 }),
    const: value,
  };
  const some = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<ArgumentSchema> =>
    fc.record({ ...any, ...model });
  const strings = { pattern: fc.constantFrom(...PATTERNS), minLength: count, maxLength: count };
  const numbers = {
    minimum: limit,
    maximum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    multipleOf: fc.constantFrom(1, 2, 0.5),
  };
  const lists = { minItems: count, maxItems: count, uniqueItems: fc.boolean(), items: tie('schema') };
  const objects = {
    properties: fc
      .array(fc.tuple(fc.constantFrom(...KEYS), tie('schema')), { maxLength: 3 })
      .map((pairs) => Object.fromEntries(pairs)),
    required: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 2 }),
    additionalProperties: fc.boolean(),
  };
  const type = (name: string) => ({ type: fc.constant(name) });
  return {
    schema: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      some({ ...type('string'), ...strings }),
      some({ ...type('number'), ...numbers }),
      some({ ...type('integer'), ...numbers }),
      some(type('boolean')),
      some({ ...strings, ...numbers, ...lists, ...objects }),
      some({ ...type('array'), ...lists }),
      some({ ...type('object'), ...objects }),
    ),
  };
});

/** What is neither here nor there: all keys of a record at once would refuse nearly everything. */
const sparse = schema.chain((whole) =>
  fc.subarray(Object.keys(whole)).map((kept) => {
    const entries = Object.entries(whole).filter(([key]) => key === 'type' || kept.includes(key));
    return Object.fromEntries(entries) as ArgumentSchema;
  }),
);

describe('a value is validated against a declaration as ajv does it', () => {
  test('over generated declarations and values', () => {
    const verdicts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(sparse, value, (declared, given) => {
        const accepted = ajvAccepts(declared, given);
        verdicts[accepted ? 'accepted' : 'refused']++;
        expect(valueFaults(given, declared).length === 0).toBe(accepted);
      }),
      { seed: SEED, numRuns: 1_500 },
    );
    expect(verdicts.accepted).toBeGreaterThan(50);
    expect(verdicts.refused).toBeGreaterThan(100);
  });

  test('for declarations and values that match each other', () => {
    const verdicts = { accepted: 0, refused: 0 };
    const typed = fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object').chain((type) =>
      fc.tuple(
        sparse.map((one) => ({ ...one, type }) as ArgumentSchema),
        value.filter((one) => (Array.isArray(one) ? 'array' : typeof one) === (type === 'integer' ? 'number' : type)),
      ),
    );
    fc.assert(
      fc.property(typed, ([declared, given]) => {
        const accepted = ajvAccepts(declared, given);
        verdicts[accepted ? 'accepted' : 'refused']++;
        expect(valueFaults(given, declared).length === 0).toBe(accepted);
      }),
      { seed: SEED, numRuns: 1_500 },
    );
    expect(verdicts.accepted).toBeGreaterThan(300);
    expect(verdicts.refused).toBeGreaterThan(300);
  });
});

test('a declaration that is reported to allow no value accepts none', () => {
  let told = 0;
  fc.assert(
    fc.property(sparse, value, (declared, given) => {
      const isTop = ({ path, message }: { path: readonly string[]; message: string }) =>
        path.length === 1 && /leave no value/.test(message);
      if (declared.type === undefined || !declarationFaults(declared).some(isTop)) return;
      told++;
      expect(ajvAccepts(declared, given)).toBe(false);
    }),
    { seed: SEED, numRuns: 1_500 },
  );
  expect(told).toBeGreaterThan(50);
});

describe('formats', () => {
  test('each has an example that it accepts', () => {
    expect(Object.keys(FORMAT_EXAMPLES).sort()).toEqual(Object.keys(TEXT_FORMATS).sort());
    for (const [format, example] of Object.entries(FORMAT_EXAMPLES)) expect(TEXT_FORMATS[format]?.(example)).toBe(true);
  });

  const CASES: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
    date: {
      good: ['2026-11-22', '2024-02-29'],
      bad: ['', '2026-2-3', '2026-02-30', '2025-02-29', '2026-11-22T', '22.11.2026'],
    },
    time: {
      good: ['10:11:12Z', '23:59:59+01:00', '10:11:12.5z', '23:59:60Z', '15:59:60-08:00', '00:29:60+00:30'],
      bad: ['10:11', '10:11:12', '24:00:00Z', '10:11:12+1', '10:11:60Z', '23:59:61Z', '23:59:60+01:00'],
    },
    'date-time': {
      good: ['2026-11-22T10:11:12Z', '2026-11-22t10:11:12.123+01:00'],
      bad: ['2026-11-22', '2026-11-22T10:11:12', '2026-02-30T10:11:12Z', '2026-11-22T10:11:12ZT'],
    },
    duration: {
      good: ['P1Y2M3DT4H5M6S', 'P3W', 'PT1S', 'P1D'],
      bad: ['', 'P', 'PT', 'P1', '1D', 'P1DT', 'P1W2D', 'P-1D', 'P1.5D', 'p1d', 'P1H'],
    },
    email: {
      good: ['a@b.example', 'first.last+tag@sub.example.org'],
      bad: [
        'a',
        '@b',
        'a@',
        'a..b@c.example',
        '.a@c.example',
        'é@c.example',
        'a@b@c.example',
        'a@localhost',
        'a b@c.example',
        'a@-b.example',
      ],
    },
    hostname: {
      good: ['example.org', 'a', 'x-1.example', 'example.org.'],
      bad: ['', '.', '-a', 'a-', 'a..b', 'a..', 'a b', `${'a'.repeat(64)}.org`, 'a_b'],
    },
    ipv4: {
      good: ['0.0.0.0', '255.255.255.255'],
      bad: ['256.0.0.1', '1.2.3', '1.2.3.4.5', '1.2.3.4.', '01.2.3.4', 'a.b.c.d'],
    },
    ipv6: {
      good: ['::1', '2001:db8::8a2e:370:7334', '::ffff:1.2.3.4'],
      bad: ['fe80::1%eth0', '1.2.3.4', ':::', '2001:db8', '::g', '1::2::3', '::1]/'],
    },
    uri: {
      good: ['https://example.org/a?b#c', 'mailto:a@b.example', 'urn:isbn:1'],
      bad: ['', '/a/b', 'example.org', 'https://a b', 'https://a/<b>', 'https://a/%zz', 'https://a/\\', 'a:'],
    },
    uuid: {
      good: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'],
      bad: ['f81d4fae', 'f81d4fae-7dec-11d0-a765-00a0c91e6bfg'],
    },
  };

  /** Texts that nearly are of the format: pieces of it in any order, or one good text with a character changed. */
  const PIECES: Readonly<Record<string, readonly string[]>> = {
    date: ['2024', '1900', '0000', '-', '02', '29', '13', '31', '1'],
    time: ['23', '59', '60', '00', '24', ':', ':', '.5', 'Z', 'z', '+', '-', '08', '1'],
    duration: ['P', 'T', '1', '22', 'Y', 'M', 'D', 'H', 'S', 'W', '.'],
    ipv4: ['.', '.', '1', '255', '256', '0', '01', '99'],
    ipv6: [':', '::', 'f', 'abcd', '0', '12345', '1.2.3.4', '.', 'g'],
    hostname: ['a', 'A1', '-', '.', '..', '_', 'b'.repeat(63), 'c'.repeat(64)],
    email: ['a', '.', '@', 'b.example', '-', '+', ' ', '"', 'é', '1'],
    uuid: ['f81d4fae', '-', '7dec', '11d0', 'a765', '00a0c91e6bf6', 'g'],
  };

  test.each(Object.entries(PIECES))('%s, as in ajv', (format, pieces) => {
    const validate = ajv.compile({ type: 'string', format });
    const good = fc.constantFrom(...(CASES[format]?.good ?? []));
    const otherDigit = fc
      .tuple(good, fc.nat(40), fc.nat(9))
      .map(
        ([one, at, digit]) => one.slice(0, at) + one.slice(at, at + 1).replace(/\d/, String(digit)) + one.slice(at + 1),
      );
    const near = fc.oneof(
      otherDigit,
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
      fc
        .tuple(good, fc.nat(40), fc.constantFrom(...pieces))
        .map(([one, at, piece]) => one.slice(0, at) + piece + one.slice(at + 1)),
    );
    const verdicts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(near, (one) => {
        // RFC 3339 wants the colon that ajv does without.
        if (format === 'time' && /[+-]\d\d(\d\d)?$/.test(one)) return;
        const accepted = validate(one);
        verdicts[accepted ? 'accepted' : 'refused']++;
        expect(valueFaults(one, { type: 'string', format }).length === 0, one).toBe(accepted);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    expect(verdicts.accepted).toBeGreaterThan(30);
    expect(verdicts.refused).toBeGreaterThan(300);
  });

  test.each(Object.entries(CASES))('%s', (format, { good, bad }) => {
    const declared: ArgumentSchema = { type: 'string', format };
    for (const one of good) {
      expect(valueFaults(one, declared), one).toEqual([]);
      expect(ajvAccepts(declared, one), `ajv: ${one}`).toBe(true);
    }
    for (const one of bad) {
      expect(valueFaults(one, declared), one).toEqual([`has to be ${formatInWords(format)}`]);
      expect(ajvAccepts(declared, one), `ajv: ${one}`).toBe(false);
    }
  });
});

describe('a hostile pattern or value', () => {
  const long = `${'a'.repeat(50_000)}!`;

  test.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*a){20}$', '^([a-z]+)*[0-9]$', '(x+x+)+y'])(
    '%s ends in time',
    (pattern) => {
      expect(valueFaults(long, { type: 'string', pattern })).toHaveLength(
        /20|\[0-9\]|y/.test(pattern) || pattern.startsWith('^') ? 1 : 0,
      );
    },
  );

  test.each(['(?=a)', '(?!a)', '(?<=a)', '(a)\\1', '(', '[', '*', '(?<n>a)\\k<n>', 'a{2,1}', '\\'])(
    '%s is not a valid pattern',
    (pattern) => {
      expect(declarationFaults({ type: 'string', pattern })).toHaveLength(1);
    },
  );

  test('formats end in time for long values', () => {
    for (const format of ['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'])
      for (const piece of ['a', '1', 'a.', '1.', ':', '-', '@', 'a@', '%'])
        expect(valueFaults(piece.repeat(50_000), { type: 'string', format }).length, format + piece).toBeLessThan(2);
  });

  test('names of Object.prototype are absent unless they are given', () => {
    const declared: ArgumentSchema = {
      type: 'object',
      properties: { a: {} },
      required: ['constructor'],
      additionalProperties: false,
    };
    expect(valueFaults({}, declared)).toEqual(['needs "constructor"']);
    expect(valueFaults({ constructor: 1 }, declared)).toEqual(['may not have "constructor"']);
    expect(valueFaults(JSON.parse('{"__proto__": 1}'), { type: 'object', additionalProperties: false })).toEqual([
      'may not have "__proto__"',
    ]);
  });
});

describe('the message about a wrong value', () => {
  const LOSES_DIGITS = 'is too large for a number (a whole one has 9007199254740991 at most): declare it as text';

  test.each([
    ['x', { type: 'integer' }, ['has to be a whole number, not text']],
    [1.5, { type: 'integer' }, ['has to be a whole number, not one with a fraction']],
    [Number('9007199254740993'), { type: 'integer' }, [LOSES_DIGITS]],
    [[-1e20], { type: 'array', items: { type: 'integer' } }, [`at [0] ${LOSES_DIGITS}`]],
    [Number('1e400'), { type: 'number', multipleOf: 2 }, [LOSES_DIGITS]],
    [Number('1e400'), { type: 'integer' }, [LOSES_DIGITS]],
    [{ a: Number('1e400') }, { type: 'object', properties: { a: { multipleOf: 2 } } }, [`at a ${LOSES_DIGITS}`]],
    [Number('1e400'), { type: 'string' }, ['has to be text, not a number']],
    [1e300, { type: 'number' }, []],
    [null, {}, ['has to be text, not null']],
    [[], { type: 'object' }, ['has to be an object (JSON), not a list (JSON)']],
    ['secret', { enum: ['a', 'b'] }, ['has to be one of: a, b']],
    ['secret', { minLength: 9, pattern: '^x' }, ['needs at least 9 characters', 'has to match ^x']],
    [[1, 'secret'], { type: 'array', items: { type: 'number' } }, ['at [1] has to be a number, not text']],
    [
      { a: { b: ['x'] } },
      { type: 'object', properties: { a: { properties: { b: { maxItems: 0 } } } } },
      ['at a.b may have 0 items at most'],
    ],
    [{ a: 1 }, { type: 'object', required: ['b'], additionalProperties: false }, ['needs "b"', 'may not have "a"']],
  ] as [JsonValue, ArgumentSchema, string[]][])('%j of %j', (given, declared, said) => {
    expect(valueFaults(given, declared)).toEqual(said);
    expect(said.join()).not.toContain('secret');
  });
});

describe('the text of --arg', () => {
  const read = (type: ArgumentSchema['type'] | undefined, given: string) => {
    const declared: ArgumentSchema = type === undefined ? {} : { type };
    return readArgumentText(given, { schema: declared } as Argument);
  };

  test.each([
    [undefined, '1', '1'],
    ['string', 'true', 'true'],
    ['string', '', ''],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['boolean', 'yes', 'yes'],
    ['boolean', 'TRUE', 'TRUE'],
    ['boolean', '', ''],
    ['integer', '42', 42],
    ['integer', '-1', -1],
    ['integer', '1.0', 1],
    ['integer', '1.5', 1.5],
    ['integer', '1e3', 1000],
    ['integer', '007', '007'],
    ['integer', '0x10', '0x10'],
    ['integer', ' 1', ' 1'],
    ['integer', '', ''],
    ['integer', '1_000', '1_000'],
    ['number', '0.5', 0.5],
    ['number', '.5', '.5'],
    ['number', 'Infinity', 'Infinity'],
    ['number', 'NaN', 'NaN'],
    ['array', '[1, "a"]', [1, 'a']],
    ['array', 'a,b', 'a,b'],
    ['array', '{"a": 1}', { a: 1 }],
    ['array', 'null', null],
    ['object', '{"a": {"b": null}}', { a: { b: null } }],
    ['object', '{a: 1}', '{a: 1}'],
    ['object', '', ''],
  ] as [ArgumentSchema['type'], string, JsonValue][])('of type %s: %j is %j', (type, given, expected) => {
    expect(read(type, given)).toEqual({ value: expected });
  });

  test.each([
    ['number', '1e999', 'has more digits than a number keeps: declare it as text'],
    ['number', '9007199254740993', 'has more digits than a number keeps: declare it as text'],
    ['integer', '1234567890123456789', 'has more digits than a number keeps: declare it as text'],
    [
      'array',
      '[1, 9007199254740993]',
      'holds a number that would lose digits: it has to be text, in quotes (line 1, column 5)',
    ],
    ['object', '{"a": 1, "a": 2}', 'holds a key that stands twice in one object (line 1, column 10)'],
  ] as const)('of type %s: %j is refused, not changed', (type, given, fault) => {
    expect(read(type, given)).toEqual({ fault });
  });
});

const messagesOf = (declared: ArgumentSchema) => declarationFaults(declared).map(({ message }) => message);

describe('a declaration that no value can satisfy', () => {
  test.each([
    [{ type: 'integer', minimum: 3, maximum: 2 }, /`minimum` and `maximum`/],
    [{ type: 'number', exclusiveMinimum: 2, maximum: 2 }, /`exclusiveMinimum` and `maximum`/],
    [{ minLength: 3, maxLength: 2 }, /`minLength` and `maxLength`/],
    [{ items: {} }, /`items` says nothing about text: remove it, or declare `type: array`/],
    [
      { type: 'array', items: { type: 'object', properties: { a: { pattern: '(' } } } },
      /at `items\.properties\.a` its `pattern`/,
    ],
    [{ enum: ['a', 1] }, /`enum` holds a value that is not text/],
    [{ type: 'integer', const: 1.5 }, /`const` is not a whole number/],
    [{ type: 'object', required: ['a'], additionalProperties: false }, /names "a", which `properties` does not have/],
    [{ type: 'object', properties: { a: { required: true } } }, /`required` is a list/],
    [{ type: 'integer', minimum: 0.2, maximum: 0.8 }, /`minimum` and `maximum` leave no value/],
    [
      { enum: ['a', 'bcd'], maxLength: 2 },
      /`enum` holds a value that can never be given: it may have 2 characters at most/,
    ],
    [{ const: 'a', enum: ['b'] }, /`const` holds a value that can never be given: it has to be one of: b/],
    [{ type: 'object', properties: { a: { sensitive: true } } }, /`sensitive` belongs to the whole/],
  ] as [ArgumentSchema, RegExp][])('%j', (declared, said) => {
    expect(messagesOf(declared).join('\n')).toMatch(said);
  });

  test('a declaration that a value can satisfy is not reported', () => {
    expect(declarationFaults({})).toEqual([]);
    expect(declarationFaults({ type: 'number', minimum: 2, maximum: 2 })).toEqual([]);
    expect(declarationFaults({ type: 'array', items: { minLength: 1, minimum: 2, required: ['a'] } })).toEqual([]);
  });

  test('a property whose `required` is not a list makes no value invalid', () => {
    const declared = {
      type: 'object',
      properties: { a: { type: 'object', required: true } },
    } as unknown as ArgumentSchema;
    expect(valueFaults({ a: {} }, declared)).toEqual([]);
  });
});
