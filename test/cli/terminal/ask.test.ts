import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type AskOptions, dropTyped, readAnswer } from '../../../src/cli/terminal/ask.ts';
import { Interruption } from '../../../src/cli/terminal/interruption.ts';

function keyboard() {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    setRawMode(on: boolean) {
      modes.push(on);
      return input;
    },
  });
  return { input, modes };
}

/** A terminal that has these keys typed into it, in these chunks. */
async function answer(hidden: boolean, ...keys: (string | Buffer)[]) {
  return answerTo({ hidden }, ...keys);
}

async function answerTo(options: AskOptions, ...keys: (string | Buffer)[]) {
  const { input, modes } = keyboard();
  const output = new PassThrough();
  const interruption = new Interruption(process, () => 0);
  for (const key of keys) input.write(key);
  input.end();
  const terminal = { input, output, close: () => {} } as unknown as Parameters<typeof readAnswer>[0];
  const text = await readAnswer(terminal, 'Value: ', options, interruption).catch((error: Error) => error.name);
  return { text, shown: String(output.read()), modes };
}

test('what was typed before the question is dropped, and the terminal is restored', async () => {
  const { input, modes } = keyboard();
  input.write('y\r');
  await dropTyped(input as unknown as Parameters<typeof dropTyped>[0]);
  expect([modes, input.isPaused(), input.read()]).toEqual([[true, false], true, null]);
});

describe('readAnswer', () => {
  test('shows what is typed, and reads up to Enter', async () => {
    expect(await answer(false, 'Ada', '\rrest')).toEqual({ text: 'Ada', shown: 'Value: Ada\n', modes: [true, false] });
  });

  test('shows nothing of a hidden answer, not even when it is corrected', async () => {
    const { text, shown } = await answer(true, 'pasx', '\u007f', 's word', '\n');
    expect({ text, shown }).toEqual({ text: 'pass word', shown: 'Value: \n' });
  });

  test('Backspace takes back a character, ^U all of them, other control characters are dropped', async () => {
    expect((await answer(false, 'ab\u007fc\u007f\u007f\u007fd\u001b\u0007\r')).text).toBe('d');
    expect((await answer(true, 'wrong\u0015right\r')).text).toBe('right');
  });

  test('a character may come in two pieces', async () => {
    const bytes = Buffer.from('ü😀');
    expect((await answer(true, bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4), '\r')).text).toBe('ü😀');
  });

  test.each([
    ['^C', ['abc\u0003\r']],
    ['^D on an empty line', ['\u0004']],
    ['a terminal that hangs up', ['abc']],
  ])('%s cancels, and restores the terminal', async (_, keys) => {
    expect(await answer(true, ...keys)).toMatchObject({ text: 'AbortError', modes: [true, false] });
  });
});

describe('a value that is pasted', () => {
  const PEM = '-----BEGIN KEY-----\nAbc+/=\n-----END KEY-----\n';
  const pasted = (text: string) => `\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`;
  const value = (...keys: (string | Buffer)[]) => answerTo({ hidden: true, pasted: true }, ...keys);

  test('is taken whole, and how many lines it has is shown', async () => {
    expect(await value(pasted(PEM), '\r')).toMatchObject({
      text: PEM,
      shown: '\u001b[?2004hValue: \u001b[?2004l[3 lines]\n',
    });
  });

  test('gets the end of its last line from Enter, as keys need it', async () => {
    expect((await value(pasted(PEM.trimEnd()), '\r')).text).toBe(PEM);
    expect((await value(pasted('one line'), '\r')).text).toBe('one line');
  });

  test('may come in any pieces, beside what is typed', async () => {
    const keys = `x\u001b[D${pasted(PEM)}y\r`;
    expect((await value(...keys)).text).toBe(`x${PEM}y\n`);
  });

  test('is refused where the terminal does not mark the paste: its first line alone would be stored', async () => {
    expect((await value(PEM.replaceAll('\n', '\r'))).text).toBe('LockstepError');
    expect((await value('token\r\n')).text).toBe('token');
  });

  test('counts as one line where one line is asked for', async () => {
    expect((await answer(false, pasted('a\nb'), '\r')).text).toBe('a');
  });
});
