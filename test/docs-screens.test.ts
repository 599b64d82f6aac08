import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { screens, svgOf, timeless, VALUES } from '../scripts/docs-screens.ts';

/** Python reads it as XML: what each line of text holds. */
function linesOf(svg: string): string[] {
  const read =
    'import json, sys, xml.etree.ElementTree as e; print(json.dumps(["".join(t.itertext()) for t in e.fromstring(sys.stdin.read()).iter("{http://www.w3.org/2000/svg}text")]))';
  return JSON.parse(execFileSync('python3', ['-c', read], { input: svg, encoding: 'utf8' }));
}

test('the pictures show what the program prints today, except times (else: npm run docs:screens)', () => {
  for (const [page, svg] of Object.entries(screens())) {
    expect(timeless(readFileSync(join(import.meta.dirname, '..', page), 'utf8')), page).toBe(timeless(svg));
    const lines = linesOf(svg);
    expect(lines).toContain('sign | signing 1.2.0 with ***');
    for (const value of Object.values(VALUES)) expect(svg).not.toContain(value);
  }
});

test('a picture can hold any text', () => {
  expect(linesOf(svgOf('<&>', 'a <b> & "c" \u001b[1m\u001b[32mgreen\u001b[39m </text>\u001b[22m end\n\n  x'))).toEqual([
    'a <b> & "c" green </text> end',
    '  x',
  ]);
});

test('a sequence that a picture cannot show is an error', () => {
  expect(() => svgOf('t', '\u001b[2Kx')).toThrow('cannot show');
  expect(() => svgOf('t', '\u001b[48mx')).toThrow('cannot show');
});

test('the picture of the console loads fast', () => {
  expect(statSync(join(import.meta.dirname, '../docs/images/console.png')).size).toBeLessThan(150_000);
});
