import { expect, test } from 'vitest';
import { fixesHostWithDots, namesAnyHost } from '../../../src/definition/destinations/fixed-host.ts';

const FIXED = [
  '^https://api\\.example\\.com/',
  '^https://api\\.example\\.com$',
  '^https://api\\.example\\.com(?:/.*)?$',
  '^https://api\\.example\\.com(:443)?/.*$',
  '^https://api\\.example\\.com:\\d+/',
  '^https?:\\/\\/api[.]example[.]com[/?#]',
  '^https://api\\.example\\.com\\?q=.*',
  '^https://(?:api|www)\\.example\\.com/',
  '^(https://a\\.example\\.com|https://b\\.example\\.com)/.*$',
  '^https://a\\.example\\.com/|^https://b\\.example\\.com$',
  '\\Ahttps://api\\.example\\.com\\z',
  '^https://[a-z-]+\\.example\\.com/',
  '^https://(?:[a-z0-9-]+\\.)*example\\.com/',
  '^https://[a-z]+\\.example\\.co\\.uk/',
  '^git@github\\.com:acme/[\\w.-]+$',
  '^(?:eu|us)\\.example\\.com$',
  '^(?:one|two)$',
  '^localhost:8080$',
  '^/[a-z]+/.*$',
];

test.each(FIXED)('the pattern %s fixes the host', (pattern) => {
  expect(namesAnyHost({ type: 'string', pattern })).toBe(false);
});

const OPEN = [
  '',
  '^https://',
  '^https://.*$',
  '^https://api\\.example\\.com',
  '^https://api\\.example\\.com(.*)$',
  '^https://api\\.example\\.com.*',
  '^https://api\\.example\\.com/|x$',
  '^https://api\\.example\\.com(\\.cn)?',
  '^https://api\\.example\\.com(?:\\.[a-z]+)?$',
  '^https://api\\.example\\.com(?:/|@)',
  '^https://api\\.example\\.com/?',
  '^https://api\\.example\\.com[/.]',
  '^https://api\\.example\\.com:',
  '^https://api\\.example\\.com:.*/',
  '^api\\.example\\.com:',
  'https://api\\.example\\.com/',
  '(^|x)https://api\\.example\\.com/',
  'https://api\\.example\\.com/$',
  '^https://api.example.com/',
  '^https://[^/]+\\.example\\.com/',
  '^https://[\\w.-]+/',
  '^https://.*example\\.com/',
  '^https://[a-z]+\\.com/',
  '^https://[a-z]+\\.co\\.uk/',
  '^https://(?:[a-z]+\\.)*com/',
  '^(?:https://api\\.example\\.com/)?',
  '^(?i)https://api\\.example\\.com/',
  '(?m)^https://api\\.example\\.com/',
  '^[a-z.]+$',
  '^/',
  '^/.*',
  '^/+[a-z]',
  `${'('.repeat(50)}a${')'.repeat(50)}`,
  `^${'(a*'.repeat(8)}${')*'.repeat(8)}/`,
];

test.each(OPEN)('the pattern %s leaves the host open', (pattern) => {
  expect(namesAnyHost({ type: 'string', pattern })).toBe(true);
});

test('enum, const, numbers, dates and flags name no host', () => {
  expect(namesAnyHost({})).toBe(true);
  for (const schema of [
    { enum: ['a'] },
    { const: 'a' },
    { type: 'integer' },
    { type: 'boolean' },
    { type: 'string', format: 'date-time' },
    { type: 'array', items: { enum: ['a'] } },
    { type: 'object', additionalProperties: false, properties: { a: { type: 'number' } } },
  ] as const)
    expect(namesAnyHost(schema), JSON.stringify(schema)).toBe(false);
});

test('lists and objects name a host where a text inside them may', () => {
  for (const schema of [
    { type: 'array' },
    { type: 'array', items: { type: 'string' } },
    { type: 'object' },
    { type: 'object', additionalProperties: false, properties: { a: { type: 'string' } } },
  ] as const)
    expect(namesAnyHost(schema), JSON.stringify(schema)).toBe(true);
});

test('a pattern whose dots are not escaped is recognized', () => {
  expect(fixesHostWithDots('^https://api.example.com/.*')).toBe(true);
  expect(fixesHostWithDots('^https://api\\.example\\.com.*')).toBe(false);
});
