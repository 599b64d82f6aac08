import { expect, test } from 'vitest';
import { mayBeginMark, withoutCommands, withoutMarks } from '../../../src/cli/terminal/workflow-commands.ts';

test.each([
  ['::error::x\n  ::add-mask::y', '\\::error::x\n  \\::add-mask::y'],
  ['said ##[add-path]/evil', 'said ##\\u005badd-path]/evil'],
  ['said ##vso[task.setvariable variable=PATH]/evil', 'said ##vso\\u005btask.setvariable variable=PATH]/evil'],
  ["##teamcity[setParameter name='a']", "##teamcity\\u005bsetParameter name='a']"],
  ['#\u200b#\u0000[group]x', '#\u200b#\u0000\\u005bgroup]x'],
  ['std::cout ## [a] #[b] ##x[c]', 'std::cout ## [a] #[b] ##x[c]'],
])('no CI system finds a command in %j', (text, expected) => {
  expect(withoutCommands(text)).toBe(expected);
});

test('a text within JSON stays the same', () => {
  const value = { said: 'a ##[error]b ##vso[task]c' };
  expect(JSON.parse(withoutMarks(JSON.stringify(value)))).toEqual(value);
});

test('the beginning of a mark is recognized at the end of a text', () => {
  expect(['a #', '##', '##v', '#\u200b#vso', '##teamcity'].filter((text) => !mayBeginMark(text))).toEqual([]);
  expect(['# ', 'a', '##[', '## a', '#a'].filter(mayBeginMark)).toEqual([]);
});
