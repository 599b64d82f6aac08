import { describe, expect, test } from 'vitest';
import { type Call, matches, readScript, rewrite } from './script-text.ts';
import { unifiedDiff } from './unified-diff.ts';

const SCRIPT = `# Greets.
$ lockstep run hello \\
  --arg name=Ada
> one
>
hello Ada

in two parts
[exit 3]

$ true
-- tools/hello.yaml --
kind: tool

# not a comment of the script
-- empty --
`;

function call(text: string): Call {
  const part = readScript(text).parts.find((each) => each.kind === 'call');
  if (part === undefined) throw new Error('no call');
  return part;
}

describe('readScript', () => {
  test('finds commands, their input, and what they should do', () => {
    expect(call(SCRIPT)).toMatchObject({
      command: 'lockstep run hello \\\n  --arg name=Ada',
      input: 'one\n\n',
      expected: ['hello Ada', '', 'in two parts'],
      exit: 3,
    });
  });

  test('finds the files', () => {
    const { files } = readScript(SCRIPT);
    expect([...files]).toEqual([
      ['tools/hello.yaml', 'kind: tool\n\n# not a comment of the script\n'],
      ['empty', ''],
    ]);
  });

  test('refuses output that belongs to no command', () => {
    expect(() => readScript('hello\n$ true\n')).toThrow('line 1');
  });
});

describe('matches', () => {
  test.each([
    [['a.c'], ['abc'], false],
    [['...'], [], true],
    [['a', '...', 'b'], ['a', 'x', 'y', 'b'], true],
    [['a', '...', 'b'], ['a', 'b'], true],
    [['a', '...', 'b'], ['a', 'b', 'c'], false],
    [['took <re:\\d+> ms (<re:a\\>b>)'], ['took 12 ms (a>b)'], true],
    [['took <re:\\d+> ms'], ['took x ms'], false],
    [['\\...'], ['...'], true],
    [['\\...'], ['x'], false],
    [['\\<re:x>'], ['<re:x>'], true],
  ])('%j and %j: %s', (expected, actual, result) => {
    expect(matches(expected, actual)).toBe(result);
  });
});

describe('rewrite', () => {
  test('keeps the command and the blank lines, and replaces the rest', () => {
    const old = call('$ cat\n> x\nold\n[exit 1]\n\n\n$ true\n');
    expect(rewrite(old, ['new'], 0)).toEqual(['$ cat', '> x', 'new', '', '']);
    expect(rewrite(old, [], 2)).toEqual(['$ cat', '> x', '[exit 2]', '', '']);
  });

  test('escapes output that would be read as a command', () => {
    const output = ['# x', '$ x', '> x', '...', '[exit 3]', '-- x --', '\\x', 'a <re:x>', 'plain'];
    const again = call(`${rewrite(call('$ x\n'), output, 0).join('\n')}\n`);
    expect(again).toMatchObject({ command: 'x', exit: 0, input: '' });
    expect(matches(again.expected, output)).toBe(true);
    expect(matches(again.expected, output.with(3, 'other'))).toBe(false);
  });
});

test('a diff shows what changed with the lines around it', () => {
  expect(unifiedDiff('1\n2\n3\n4\n5\n6\nold\n8', '1\n2\n3\n4\n5\n6\nnew\n8').split('\n')).toEqual([
    ' 4',
    ' 5',
    ' 6',
    '-old',
    '+new',
    ' 8',
  ]);
});
