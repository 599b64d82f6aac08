import { option } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { BaseCommand } from '../../../src/cli/syntax/base-command.ts';
import { argument, choice, remainingArguments, texts, wholeNumber } from '../../../src/cli/syntax/flags.ts';
import { loadable } from '../loadable.ts';
import { recordedContext } from '../recorded-context.ts';

/** What the command was given last. */
let given: unknown;

class Run extends BaseCommand {
  static override args = { tool: argument('which') };
  static override flags = {
    arg: texts('NAME=VALUE', 'an argument'),
    format: choice(['text', 'json'], 'how to print'),
    limit: wholeNumber({ char: 'n', description: 'how many' }),
    quiet: boolean({ char: 'q', default: false }),
    name: string({ default: 'nobody' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Run);
    expectTypeOf(args.tool).toEqualTypeOf<string>();
    expectTypeOf(flags.arg).toEqualTypeOf<string[]>();
    expectTypeOf(flags.format).toEqualTypeOf<'text' | 'json' | undefined>();
    expectTypeOf(flags.limit).toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.quiet).toEqualTypeOf<boolean>();
    expectTypeOf(flags.name).toEqualTypeOf<string>();
    expectTypeOf(flags.directory).toEqualTypeOf<string | undefined>();
    given = { args, flags };
    return 0;
  }
}

class Add extends BaseCommand {
  static override args = {
    kind: option({ options: ['dev', 'prod'] as const })({ required: true, ignoreStdin: true }),
    names: remainingArguments('what'),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Add);
    expectTypeOf(args.kind).toEqualTypeOf<'dev' | 'prod'>();
    expectTypeOf(args.names).toEqualTypeOf<string[]>();
    given = { args, flags };
    return 0;
  }
}

const COMMANDS = [loadable('run', Run), loadable('add', Add)];
const DEFAULTS = { arg: [], quiet: false, name: 'nobody' };

async function run(words: readonly string[]) {
  given = undefined;
  const context = recordedContext();
  const exit = await main(words, context, COMMANDS);
  return { exit, given, ...context.printed() };
}

const wordsOf = (line: string) => line.split(' ').filter((word) => word !== '');

describe('a command line that fits', () => {
  test.each<[line: string, given: { args: object; flags?: object }]>([
    ['run hello', { args: { tool: 'hello' }, flags: DEFAULTS }],
    ['run hello --arg a=1 --arg b=2', { args: { tool: 'hello' }, flags: { ...DEFAULTS, arg: ['a=1', 'b=2'] } }],
    ['run --arg a=1 hello', { args: { tool: 'hello' }, flags: { ...DEFAULTS, arg: ['a=1'] } }],
    [
      'run hello --arg=-x --format=json',
      { args: { tool: 'hello' }, flags: { ...DEFAULTS, arg: ['-x'], format: 'json' } },
    ],
    [
      'run -qn 3 hello -C dir',
      { args: { tool: 'hello' }, flags: { ...DEFAULTS, quiet: true, limit: 3, directory: 'dir' } },
    ],
    ['run -q -- --odd', { args: { tool: '--odd' }, flags: { ...DEFAULTS, quiet: true } }],
    ['-C dir run hello', { args: { tool: 'hello' }, flags: { ...DEFAULTS, directory: 'dir' } }],
    ['-Cdir run hello', { args: { tool: 'hello' }, flags: { ...DEFAULTS, directory: 'dir' } }],
    ['--directory=dir run hello', { args: { tool: 'hello' }, flags: { ...DEFAULTS, directory: 'dir' } }],
    ['run hello --name=', { args: { tool: 'hello' }, flags: { ...DEFAULTS, name: '' } }],
    ['add dev', { args: { kind: 'dev', names: [] } }],
    ['add prod a b', { args: { kind: 'prod', names: ['a', 'b'] } }],
  ])('%s', async (line, expected) => {
    const result = await run(wordsOf(line));
    expect(result).toMatchObject({ exit: 0, stderr: '' });
    expect(result.given).toMatchObject(expected);
    if (expected.flags) expect(result.given).toEqual(expected);
  });

  test('may have an empty argument', async () => {
    expect((await run(['run', ''])).given).toMatchObject({ args: { tool: '' } });
  });
});

describe('a command line that does not fit', () => {
  test.each([
    'run',
    'run hello again',
    'run hello --frobnicate',
    'run hello -x',
    'run hello --arg',
    'run hello --format yaml',
    'run hello --format json --format text',
    'run hello --limit many',
    'run hello --limit=-1',
    'run hello --limit 1.5',
    'run hello --quiet=yes',
    'run hello --constructor=x',
    'run hello --__proto__=x',
    'add stage',
  ])('%s', async (line) => {
    expect(await run(wordsOf(line))).toMatchObject({ exit: 2, given: undefined, stdout: '' });
  });
});
