import { expect, test } from 'vitest';
import { InternalError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/util/canonical-json.ts';

test('one value has one text, whatever the order of its keys', () => {
  expect(canonicalJson({ b: [1, 1.5e3], a: undefined, é: 'ü', A: null })).toBe('{"A":null,"b":[1,1500],"é":"ü"}');
});

test('a value that is not JSON is never signed', () => {
  expect(() => canonicalJson(undefined)).toThrow(InternalError);
});
