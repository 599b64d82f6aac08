import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANSWERS_FILE, answerTypes } from '../scripts/generate-answers.ts';
import { generatedFiles } from '../scripts/generate-validators.ts';

const folder = join(import.meta.dirname, '../src/text/generated');

describe('the generated validators', () => {
  const made = generatedFiles();

  test('match the schemas (else: node scripts/generate-validators.ts)', () => {
    expect(readdirSync(folder).sort()).toEqual([...made.keys()].sort());
    for (const [name, content] of made) expect(readFileSync(join(folder, name), 'utf8'), name).toBe(content);
  });

  test('import nothing: the package needs no validator library', () => {
    for (const [name, content] of made) {
      if (name.endsWith('.js')) expect(content, name).not.toMatch(/\bimport\b.*\bfrom\b|\brequire\(|\bimport\(/);
    }
  });
});

test('the types of the console match the schema of the API (else: node scripts/generate-answers.ts)', () => {
  expect(readFileSync(ANSWERS_FILE, 'utf8')).toBe(answerTypes());
});
