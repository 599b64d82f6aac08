import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { BaseCommand } from '../../src/cli/syntax/base-command.ts';
import {
  argument,
  choice,
  choiceArgument,
  optionalArgument,
  requiredTexts,
  toggle,
  wholeNumber,
} from '../../src/cli/syntax/flags.ts';
import { InternalError, LockstepError } from '../../src/errors.ts';
import { loadable } from './loadable.ts';
import { recordedContext } from './recorded-context.ts';

const SECRET = 'hunter2-4711';

/** Ends as the test wants. */
let ending: () => number = () => 0;
/** The command that ran, and its words. */
let ran: readonly string[] = [];

class Work extends BaseCommand {
  static override summary = 'Work';
  static override aliases = ['labour'];
  static override args = { name: optionalArgument('which') };
  static override flags = {
    json: toggle('as JSON'),
    format: choice(['text', 'sarif'], 'how'),
    limit: wholeNumber({ description: 'how many' }),
  };

  async run(): Promise<number> {
    await this.parse(Work);
    return ending();
  }
}

class Take extends BaseCommand {
  static override usage = 'take [FLAGS] -- COMMAND';
  static override args = { kind: choiceArgument(['dev', 'prod'], 'which') };
  static override flags = { to: requiredTexts('NAME', 'to whom') };

  async run(): Promise<number> {
    await this.parse(Take);
    return 0;
  }
}

class Need extends BaseCommand {
  static override args = { first: argument('one'), second: argument('two') };

  async run(): Promise<number> {
    await this.parse(Need);
    return 0;
  }
}

/** Reports what it was given. */
function echo(id: string, shape: { readonly aliases?: string[]; readonly writes?: boolean } = {}) {
  class Echo extends BaseCommand {
    static override summary = `Do ${id}`;
    static override aliases = shape.aliases ?? [];
    static override writes = shape.writes ?? false;

    async run(): Promise<number> {
      ran = [id, ...this.argv];
      this.parsed = true;
      return 0;
    }
  }
  return loadable(id, Echo);
}

const COMMANDS = [
  loadable('work', Work),
  loadable('take', Take),
  loadable('need', Need),
  echo('version'),
  echo('secret:set', { writes: true }),
  echo('secret:show', { aliases: ['secret:get'] }),
  echo('secret:remove', { aliases: ['secret:rm'] }),
  echo('secret:list'),
  echo('member:list'),
];

async function run(line: string, how: () => number = () => 0, env = {}) {
  ending = how;
  ran = [];
  const context = recordedContext(env);
  const words = line.split(' ').filter((word) => word !== '');
  return { exit: await main(words, context, COMMANDS), ...context.printed() };
}

function raise(error: unknown): () => never {
  return () => {
    throw error;
  };
}

describe('main', () => {
  test("returns the command's own exit code", async () => {
    expect((await run('work', () => 7)).exit).toBe(7);
  });

  test('prints what the environment lacks, and what to do next', async () => {
    const error = new LockstepError('identity/missing', 'no identity was found', ['lockstep init', 'lockstep doctor']);
    expect(await run('work', raise(error))).toEqual({
      exit: 3,
      stdout: '',
      stderr: 'error: no identity was found\n  next: lockstep init\n  next: lockstep doctor\n',
    });
  });

  test('prints the error as one JSON document with --json', async () => {
    const error = new LockstepError('definition/unknown', 'no tool "helo"', ['lockstep tool list']);
    const { exit, stdout, stderr } = await run('work --json', raise(error));
    expect({ exit, stderr, said: JSON.parse(stdout) }).toEqual({
      exit: 1,
      stderr: '',
      said: { error: { code: 'definition/unknown', message: 'no tool "helo"', hints: ['lockstep tool list'] } },
    });
  });

  test('shows the message and the stack of a bug of ours', async () => {
    const { exit, stderr } = await run('work', raise(new InternalError('unhandled case')));
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^error: this is a bug in Lockstep: unhandled case\n {4}at /);
  });

  test('shows where a foreign error comes from, but not its text, which may quote a secret', async () => {
    const foreign = Object.assign(new TypeError(`bad value '${SECRET}'\n    at ${SECRET}`), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    const { exit, stderr } = await run('work', raise(foreign));
    expect(exit).toBe(4);
    expect(stderr).toContain('TypeError ERR_INVALID_ARG_VALUE\n    at ');
    expect(stderr).not.toContain(SECRET);
    expect((await run('work --json', raise(foreign))).stdout).not.toContain(SECRET);
    expect((await run('work', raise(foreign), { LOCKSTEP_DEBUG: '1' })).stderr).toContain(SECRET);
  });

  test('does not show a stack whose message was changed afterwards', async () => {
    const changed = new Error(`old ${SECRET}\n    at ${SECRET}`);
    changed.message = 'new';
    expect((await run('work', raise(changed))).stderr).not.toContain(SECRET);
  });

  test('reports any other thrown value as a bug', async () => {
    expect((await run('work', raise(SECRET))).stderr).toBe(
      'error: this is a bug in Lockstep: a thrown string\n  next: please report it\n',
    );
  });

  test('ends quietly with 130 when a command is cancelled', async () => {
    const aborted = raise(new DOMException('gone', 'AbortError'));
    expect(await run('work', aborted)).toEqual({ exit: 130, stdout: '', stderr: '' });
    expect(JSON.parse((await run('work --json', aborted)).stdout).error.code).toBe('cancelled');
  });
});

describe('the words before the flags', () => {
  test.each([
    ['secret set list', ['secret:set', 'list']],
    ['secret get NAME', ['secret:show', 'NAME']],
    ['-C secret secret list x', ['secret:list', '-C', 'secret', 'x']],
    ['--json --directory=d -Cd secret list', ['secret:list', '--json', '--directory=d', '-Cd']],
    ['--version --json', ['version', '--json']],
    ['-V', ['version']],
    ['--json --version', ['version', '--json']],
    ['secret list -- --help', ['secret:list', '--', '--help']],
  ])('%s', async (line, expected) => {
    expect(await run(line)).toMatchObject({ exit: 0, stderr: '' });
    expect(ran).toEqual(expected);
  });
});

describe('help', () => {
  test.each(['', '--help', '-h', 'help', '-C', '--json'])('on everything: "%s"', async (line) => {
    const { exit, stdout } = await run(line);
    expect(exit).toBe(0);
    expect(stdout).toContain('\nCOMMANDS\n');
    expect(stdout).toMatch(/\n {2}work {5}Work\n/);
    expect(stdout).toMatch(/\nTOPICS\n {2}secret {2}the values that tools ask for\n/);
  });

  test.each(['secret', 'secret -h', 'help secret'])('on a topic: %s', async (line) => {
    const { exit, stdout } = await run(line);
    expect(exit).toBe(0);
    expect(stdout).toContain('$ lockstep secret COMMAND\n');
    expect(stdout).toContain('\n  secret show    Do secret:show\n');
    expect(stdout).not.toContain('secret get');
  });

  test.each(['help secret show', 'secret show --help', 'secret show NAME -h', 'secret get --help', 'help secret get'])(
    'on a command: %s',
    async (line) => {
      const { exit, stdout } = await run(line);
      expect({ exit, ran }).toEqual({ exit: 0, ran: [] });
      expect(stdout).toMatch(/^Do secret:show\n\nUSAGE\n {2}\$ lockstep secret show /);
      expect(stdout).toContain('ALIASES\n  $ lockstep secret get\n');
    },
  );

  test('shows the usage that a command gives', async () => {
    expect((await run('take --help')).stdout).toContain('$ lockstep take [FLAGS] -- COMMAND\n');
  });
});

describe("each error of oclif's parser is reported without a value", () => {
  test.each([
    ['NonExistentFlagsError', 'work --limitt 3', 'unknown flag --limitt', 'did you mean "--limit"?'],
    ['NonExistentFlagsError with a value', `work --token=${SECRET}`, 'unknown flag --token'],
    ['NonExistentFlagsError with a short flag', `work -p${SECRET}`, 'unknown flag -p'],
    ['UnexpectedArgsError', `work a ${SECRET}`, 'one argument too many: "work" takes NAME'],
    ['UnexpectedArgsError with several', `work a b ${SECRET}`, '2 arguments too many: "work" takes NAME'],
    [
      'UnexpectedArgsError with a usage',
      `take --to x dev ${SECRET}`,
      'one argument too many: "take" takes KIND',
      'lockstep take [FLAGS] -- COMMAND',
    ],
    ['RequiredArgsError', 'need', 'missing: FIRST SECOND'],
    ['FailedFlagValidationError', 'take', 'missing: --to'],
    ['FlagInvalidOptionError', `work --format ${SECRET}`, '--format takes one of: text, sarif'],
    ['FlagInvalidOptionError with the name of a flag', 'work --format=x--limit', '--format takes one of: text, sarif'],
    ['ArgInvalidOptionError', `take --to x ${SECRET}`, 'KIND is one of: dev, prod'],
    ['CLIError for a missing value', 'work --format', '--format takes one of: text, sarif'],
    ['CLIError for a flag in the place of a value', 'work --limit --json', '--limit takes a value'],
    ['CLIError for a repeated flag', 'work --limit 1 --limit 2', '--limit can be given only once'],
    ['CLIError for a repeated short flag', 'work -C a -Cb', '--directory can be given only once'],
    ['UnfitValue', `work --limit ${SECRET}`, '--limit takes a whole number'],
    ['UnfitValue below zero', 'work --limit=-1', '--limit takes a whole number'],
    ['a toggle with a value', `work --json=${SECRET}`, '--json takes no value'],
  ])('%s: %s', async (_, line, message, hint?: string) => {
    const { exit, stdout, stderr } = await run(line);
    const said = line.endsWith('--json')
      ? JSON.parse(stdout).error.message
      : stderr.split('\n')[0]?.slice('error: '.length);
    expect({ exit, said }).toEqual({ exit: 2, said: message });
    expect(stdout + stderr).not.toContain(SECRET);
    if (hint !== undefined) expect(stderr).toContain(`  next: ${hint}\n`);
  });
});

describe('words that are not a command', () => {
  test.each([
    ['wrok', 'no such command: wrok', 'did you mean "work"?'],
    ['wrok --help', 'no such command: wrok', 'did you mean "work"?'],
    ['help wrok', 'no such command: wrok', 'did you mean "work"?'],
    ['secrt list', 'no such command: secrt', 'did you mean "secret list"?'],
    ['secret lsit', 'no such command: secret lsit', 'did you mean "secret list"?'],
    ['set', 'no such command: set', 'lockstep secret set'],
    ['rm', 'no such command: rm', 'lockstep secret remove'],
    ['secrets', 'no such command: secrets', 'did you mean "secret"?'],
    [`secrets ${SECRET}`, 'no such command: secrets'],
    [`secret ${SECRET}`, 'no such command'],
    [SECRET, 'no such command'],
    ['--frobnicate', 'unknown flag --frobnicate', 'lockstep --help'],
    [`--token=${SECRET}`, 'unknown flag --token', 'lockstep --help'],
  ])('%s', async (line, message, hint?: string) => {
    const { exit, stdout, stderr } = await run(line);
    expect({ exit, stdout, ran }).toEqual({ exit: 2, stdout: '', ran: [] });
    expect(stderr.split('\n')[0]).toBe(`error: ${message}`);
    expect(stderr).not.toContain(SECRET);
    if (hint !== undefined) expect(stderr).toContain(`  next: ${hint}\n`);
  });

  test.each(['gte', 'bet', 'gett', 'rmm', 'del', 'delte', 'unset', 'shw', 'remov', 'lst'])(
    'secret %s gets no suggestion of a command that writes',
    async (word) => {
      const { exit, stderr } = await run(`secret ${word}`);
      expect(exit).toBe(2);
      expect(stderr).not.toContain('secret set');
    },
  );

  test('a command that writes is suggested when no other is similar', async () => {
    expect((await run('secret sat')).stderr).toContain('did you mean "secret set"?');
  });
});
