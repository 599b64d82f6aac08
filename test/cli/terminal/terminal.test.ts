import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { typeInto } from '../../rig/pseudo-terminal.ts';

const CONTEXT = join(import.meta.dirname, '../../../src/cli/context.ts');
const ASK = `
  const { processContext } = await import(${JSON.stringify(CONTEXT)});
  const context = processContext();
  const { signal } = context;
  await context.ask('Value: ', { hidden: process.argv[1] === 'hidden' }).then(
    (answer) => console.log(answer.length + ' characters'),
    (error) => console.log(error.name + (signal.aborted ? ", cancelled" : "")),
  );
`;

function ask(how: 'hidden' | 'shown', keys: string, env = {}) {
  const argv = [process.execPath, '--no-warnings', '--input-type=module', '--eval', ASK, how];
  return typeInto({ argv, keys: [['Value: ', keys]], env });
}

describe('a question at a real terminal', () => {
  test.each([
    ['standard input is the terminal', {}],
    ['standard input is something else', { STDIN_IS_ELSEWHERE: '1' }],
  ])('%s', (_, env) => {
    expect(ask('shown', 'hunter2\r', env)).toEqual({ exit: 0, shown: 'Value: hunter2\n7 characters\n' });
    expect(ask('hidden', 'hunter2\r', env)).toEqual({ exit: 0, shown: 'Value: \n7 characters\n' });
  });

  test('Ctrl-C cancels the question, and the command', () => {
    expect(ask('hidden', 'hun\u0003')).toEqual({ exit: 0, shown: 'Value: \nAbortError, cancelled\n' });
  });
});
