import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../../../dist');
/** A text that only the parser of shell scripts has, and one of the parser of JavaScript. */
const OF_THE_PARSERS = ['unterminated double quote', 'Unterminated template'];

test('what every command loads holds no parser of scripts: a repository without {{ }} does not wait for one', () => {
  const always = readdirSync(DIST).filter((name) => /^(?:bin|start-|work-)/.test(name) && name.endsWith('.cjs'));
  expect(always.length).toBeGreaterThanOrEqual(3);
  for (const name of always)
    for (const text of OF_THE_PARSERS)
      expect(readFileSync(join(DIST, name), 'latin1').includes(text), name).toBe(false);
  const others = readdirSync(DIST).filter((name) => name.endsWith('.cjs') && !always.includes(name));
  const all = others.map((name) => readFileSync(join(DIST, name), 'latin1')).join('');
  for (const text of OF_THE_PARSERS) expect(all).toContain(text);
});
