import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { referencePages } from '../scripts/generate-reference.ts';

test.each(Object.entries(referencePages()))('%s is what scripts/generate-reference.ts makes', (page, text) => {
  expect(readFileSync(join(import.meta.dirname, '..', page), 'utf8')).toBe(text);
});
