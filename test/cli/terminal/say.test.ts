import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { safeText } from '../../../src/cli/terminal/say.ts';

const CLI = join(import.meta.dirname, '../../../src/cli');
/** What writes bytes of a value or of a program, a generated text, or what `terminalLine` has made safe. */
const WRITERS = [
  'terminal/ask.ts',
  'terminal/say.ts',
  'terminal/streams.ts',
  'runs/runner-masks.ts',
  'secrets/value-command.ts',
  'commands/complete.ts',
  'commands/completion.ts',
  'commands/exec.ts',
  'commands/schema.ts',
  'commands/secret/export.ts',
  'commands/secret/reveal.ts',
  'secrets/edit-value.ts',
];

test('every command prints through say', () => {
  const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const writing = files.filter((file) => readFileSync(join(CLI, file), 'utf8').includes('.write('));
  expect(writing.sort()).toEqual([...WRITERS].sort());
});

test('hostile text comes out as escapes, without a workflow command', () => {
  const text = safeText(
    'a\u001b]52;c;x\u0007\u001b[2J\u202eb\u200b\r\n::set-env name=A::b\n  ##[group]x\nz ##vso[task]y',
  );
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(text.split('\n').filter((line) => /^\s*::|##(?:vso)?\[/.test(line))).toEqual([]);
  expect(safeText('\u001b[31mred\u001b[39m')).toBe('\u001b[31mred\u001b[39m');
});
