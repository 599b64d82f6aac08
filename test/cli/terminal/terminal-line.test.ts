import fc from 'fast-check';
import { expect, test } from 'vitest';
import { junitXml } from '../../../src/cli/render/junit.ts';
import { runPrinter } from '../../../src/cli/render/run.ts';
import { harmless } from '../../../src/cli/terminal/sequences.ts';
import { terminalLine } from '../../../src/cli/terminal/terminal-line.ts';
import { recordedContext } from '../recorded-context.ts';

const ESC = '\u001b';

test.each([
  [
    'colours stay, and end with the line',
    `a ${ESC}[1;31mred${ESC}[38:5:9m b`,
    `a ${ESC}[1;31mred${ESC}[38:5:9m b${ESC}[0m`,
  ],
  ['the cursor stays', `up ${ESC}[2A${ESC}[1;1H${ESC}[2K${ESC}7${ESC}[?25l`, 'up '],
  ['the window keeps its name', `${ESC}]0;root@prod\u0007x`, 'x'],
  ['the clipboard stays empty', `${ESC}]52;c;ZWNobw==\u0007x`, 'x'],
  ['no bell, no backspace, no C1', 'a\u0007b\b\b\u009b2Ac', 'a b c'],
  ['of a progress bar its last', '10%\r20%\r30%\r', '30%'],
  ['what ends with a sequence alone is still there', `done\r${ESC}[?25h`, 'done'],
  ['nor does a colour alone overwrite it', `done\r${ESC}[0m`, 'done'],
  ['a tab stays', 'a\tb', 'a\tb'],
])('%s', (_, line, shown) => {
  expect(terminalLine(line)).toBe(shown);
});

test('of all that a program writes, only colours reach the terminal as control sequences (property)', () => {
  const piece = fc.constantFrom(
    ESC,
    '[',
    ']',
    '0;',
    '31m',
    '2A',
    'P',
    '\\',
    '\u0007',
    '\u009b',
    '\u009d',
    '\r',
    '\t',
    ' ',
    'x',
    'ü',
    '?',
    '(',
  );
  const allowed = new RegExp(`^(?:${ESC}\\[[0-9;:]*m|\\t|\\P{Cc})*$`, 'u');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(terminalLine(pieces.join(''))).toMatch(allowed);
    }),
    { numRuns: 2_000 },
  );
});

test('pieces of a secret that were printed apart are not joined', async () => {
  for (const between of ['\0', `${ESC}[K`, '\u009b0m', `${ESC}]0;x\u0007`, '\b', `${ESC}[K${ESC}[K`, '\u202e']) {
    const text = `hunter${between}2`;
    expect([terminalLine(text), harmless(text)].filter((one) => one.includes('hunter2'))).toEqual([]);
    const report = { id: 's', status: 'failed', exitCode: 1, attempts: 1, durationMs: 1 } as const;
    const suite = { run: 'r', tool: 't', durationMs: 1, steps: [report], succeeded: false };
    expect(junitXml({ ...suite, failures: [{ report, lines: [text], buried: false }] })).not.toContain('hunter2');
  }
});

test('only terminal output is cleaned: a pipe gets what was written', async () => {
  const line = `a${ESC}[2Ab`;
  const event = { type: 'output', step: 's', stream: 'stdout', text: `${line}\n` } as const;
  const piped = recordedContext();
  await runPrinter(piped, false).print(event);
  expect(piped.printed().stdout).toBe(`s | ${line}\n`);
  const shown = { ...recordedContext(), terminal: { stdin: false, stdout: true, stderr: true } };
  await runPrinter(shown, false).print(event);
  expect(shown.printed().stdout).toBe('s | a b\n');
});
