import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { keySections, referencePages } from '../scripts/generate-reference.ts';

const ROOT = join(import.meta.dirname, '..');

test.each(Object.entries(referencePages()))('%s is what scripts/generate-reference.ts makes', (page, text) => {
  expect(readFileSync(join(ROOT, page), 'utf8')).toBe(text);
});

describe.each(Object.entries(keySections()))('the section %s of docs/tool-keys.md', (_section, { keys }) => {
  // The agent's schema has no definition that the tool's lacks.
  const { $defs } = JSON.parse(readFileSync(join(ROOT, 'schemas/tool.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ strict: false });

  test.each(keys)(
    '$name has a description and an example, and accepts its example and its default',
    ({ schema: { $ref: _, ...own } }) => {
      const accepts = ajv.compile({ ...own, $defs });
      expect(own.description).toMatch(/\.\)?$/);
      expect(own.examples?.length).toBeGreaterThan(0);
      for (const value of [...(own.examples ?? []), ...(own.default === undefined ? [] : [own.default])])
        expect(accepts(value), JSON.stringify(value)).toBe(true);
    },
  );
});
