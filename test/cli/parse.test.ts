import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Command, defineCommand, type Input } from '../../src/cli/command.ts';
import { objection } from '../../src/cli/oclif.ts';
import { parseInput } from '../../src/cli/parse.ts';

const RUN = defineCommand({
  name: 'run',
  summary: 'Run a tool',
  args: [{ name: 'tool', required: true, description: 'which' }],
  flags: {
    arg: { type: 'string', multiple: true, value: 'name=value', description: 'an argument' },
    format: { type: 'string', options: ['text', 'json'], default: 'text', description: 'how to print' },
    limit: { type: 'integer', short: 'n', description: 'how many' },
    quiet: { type: 'boolean', short: 'q', description: 'print less' },
  },
  async run(_context, input) {
    expectTypeOf(input.args.tool).toEqualTypeOf<string>();
    expectTypeOf(input.flags.arg).toEqualTypeOf<readonly string[]>();
    expectTypeOf(input.flags.format).toEqualTypeOf<'text' | 'json'>();
    expectTypeOf(input.flags.limit).toEqualTypeOf<number | undefined>();
    expectTypeOf(input.flags.quiet).toEqualTypeOf<boolean>();
    expectTypeOf(input.flags.directory).toEqualTypeOf<string | undefined>();
    return 0;
  },
});

const EXEC = defineCommand({
  name: 'exec',
  summary: 'Run a command',
  flags: { secret: { type: 'string', multiple: true, required: true, description: 'which' } },
  rest: { name: 'command', required: true, description: 'what to run' },
  run: async () => 0,
});

const ADD = defineCommand({
  name: 'add',
  summary: 'Add',
  args: [
    { name: 'kind', required: true, options: ['dev', 'prod'], description: 'which' },
    { name: 'names', multiple: true, description: 'what' },
  ],
  async run(_context, input) {
    expectTypeOf(input.args.kind).toEqualTypeOf<'dev' | 'prod'>();
    expectTypeOf(input.args.names).toEqualTypeOf<readonly string[]>();
    return 0;
  },
});

const DEFAULTS = { arg: [], format: 'text', limit: undefined, quiet: false, directory: undefined };

interface Fit {
  readonly command: Command;
  readonly line: string;
  readonly input: { args?: object; flags?: object; rest?: readonly string[] };
}

const FITS: readonly Fit[] = [
  { command: RUN, line: 'hello', input: { args: { tool: 'hello' }, flags: DEFAULTS } },
  { command: RUN, line: 'hello --arg a=1 --arg b=2', input: { flags: { ...DEFAULTS, arg: ['a=1', 'b=2'] } } },
  { command: RUN, line: '--arg a=1 hello', input: { args: { tool: 'hello' }, flags: { ...DEFAULTS, arg: ['a=1'] } } },
  {
    command: RUN,
    line: 'hello --arg=-x --format=json',
    input: { flags: { ...DEFAULTS, arg: ['-x'], format: 'json' } },
  },
  {
    command: RUN,
    line: '-qn 3 hello -C dir',
    input: { flags: { ...DEFAULTS, quiet: true, limit: 3, directory: 'dir' } },
  },
  { command: RUN, line: '-q -- --odd', input: { args: { tool: '--odd' }, flags: { ...DEFAULTS, quiet: true } } },
  { command: ADD, line: 'dev', input: { args: { kind: 'dev', names: [] } } },
  { command: ADD, line: 'prod a b', input: { args: { kind: 'prod', names: ['a', 'b'] } } },
  { command: EXEC, line: '--secret A -- ls --secret -l', input: { args: {}, rest: ['ls', '--secret', '-l'] } },
];

const MISFITS: readonly (readonly [Command, string])[] = [
  [RUN, ''],
  [RUN, 'hello again'],
  [RUN, 'hello --frobnicate'],
  [RUN, 'hello -x'],
  [RUN, 'hello --arg'],
  [RUN, 'hello --format yaml'],
  [RUN, 'hello --format json --format text'],
  [RUN, 'hello --limit many'],
  [RUN, 'hello --limit=-1'],
  [RUN, 'hello --limit 1.5'],
  [RUN, 'hello --quiet=yes'],
  [ADD, 'stage'],
  [EXEC, '--secret A'],
  [EXEC, '--secret A --'],
  [EXEC, '--secret A ls -- -l'],
  [EXEC, '-- ls'],
];

const words = (line: string) => line.split(' ').filter((word) => word !== '');

describe('parseInput', () => {
  test.each(FITS)('$command.name $line', ({ command, line, input }) => {
    expect(parseInput(command, words(line))).toMatchObject(input);
  });

  test.each(MISFITS)('%o refuses %s', (command, line) => {
    expect(parseInput(command, words(line))).toBeUndefined();
  });

  test('an argument and a value may be empty', () => {
    expect(parseInput(RUN, ['', '--arg='])).toMatchObject({ args: { tool: '' }, flags: { arg: [''] } });
  });

  test('names from Object.prototype are no flags', () => {
    expect(parseInput(RUN, ['hello', '--constructor=x'])).toBeUndefined();
    expect(parseInput(RUN, ['hello', '--__proto__=x'])).toBeUndefined();
  });

  test('an erased input has the same shape', () => {
    expectTypeOf(parseInput(RUN, [])).toEqualTypeOf<Input | undefined>();
  });
});

describe('oclif, which writes the help, reads the table as we do', () => {
  test.each(FITS.filter(({ command }) => command.rest === undefined))(
    '$command.name $line',
    async ({ command, line }) => {
      expect(await objection(command, words(line))).toBeUndefined();
    },
  );
});
