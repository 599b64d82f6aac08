import { describe, expect, test } from 'vitest';
import { locationText, printProblem } from '../../src/text/excerpt.ts';
import { problem } from '../../src/text/problem.ts';
import { problemReport } from '../../src/text/problem-report.ts';
import { SourceFile } from '../../src/text/source.ts';

function printed(text: string, start: number, end: number): string[] {
  const at = { source: new SourceFile('tools/a.yaml', text), range: { start, end } };
  return printProblem(problem('yaml/syntax', 'no', { at })).split('\n');
}

/** The text above the carets of an excerpt. */
function underlined(text: string, start: number, end: number): string | undefined {
  const [, line = '', carets = ''] = printed(text, start, end);
  return line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1);
}

describe('an excerpt', () => {
  test.each([
    ['one: two', 5, 8, 'two'],
    ['a\nbb cc\nd', 5, 7, 'cc'],
    ['\tone: two', 6, 9, 'two'],
    ['one: two\r\nthree', 5, 8, 'two'],
    [`${'x'.repeat(300)} two ${'y'.repeat(300)}`, 301, 304, 'two'],
    ['several\nlines', 2, 10, 'veral'],
  ])('%j %d-%d marks %j', (text, start, end, marked) => {
    expect(underlined(text, start, end)).toBe(marked);
  });

  test('an empty range still has a caret, and so has a range past the end of the line', () => {
    expect(underlined('abc', 1, 1)).toBe('b');
    expect(printed('abc', 3, 3)).toEqual(['tools/a.yaml:1:4: error: no [yaml/syntax]', '  1 | abc', '    |    ^']);
  });

  test('has no line wider than a terminal', () => {
    for (const line of printed('x'.repeat(100_000), 50_000, 90_000)) expect(line.length).toBeLessThan(140);
  });

  test('contains nothing that a terminal obeys', () => {
    const hostile = 'a\u001b[2J\u001b]0;title\u0007\u0008\u009b31m\u202eb\u2066c\u0000d\rXX\u007f';
    const output = printed(`k: ${hostile}`, 3, 5).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(output).toContain('a\ufffd[2J');
  });
});

describe('a message', () => {
  test('quotes no control character, and no lone surrogate', () => {
    const said = problem('schema/unknown-key', 'unknown key "a\u001b[31m\u202e\ud800"', { hint: 'not "\u0007"' });
    const output = printProblem(said);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(output.isWellFormed()).toBe(true);
  });

  test('stays one line, whatever it quotes', () => {
    expect(printProblem(problem('schema/value', 'no "a\nerror: b"')).split('\n')).toHaveLength(1);
  });

  test('a path is printed as safely as other text', () => {
    const at = { source: new SourceFile('tools/\u001b[31m\n.yaml', 'a'), range: { start: 0, end: 1 } };
    expect(locationText(at)).toBe('tools/\\u001b[31m\\u000a.yaml:1:1');
  });
});

test('the report of a problem has 1-based lines and columns, or none of them', () => {
  const at = { source: new SourceFile('a.yaml', 'x\nabc: d'), range: { start: 2, end: 5 } };
  expect(problemReport(problem('yaml/key', 'm', { at, hint: 'h' }))).toEqual({
    code: 'yaml/key',
    severity: 'error',
    message: 'm',
    hint: 'h',
    file: 'a.yaml',
    line: 2,
    column: 1,
    endLine: 2,
    endColumn: 4,
  });
  expect(problemReport(problem('args/missing', 'm', { severity: 'warning' }))).toEqual({
    code: 'args/missing',
    severity: 'warning',
    message: 'm',
  });
});
