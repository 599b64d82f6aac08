import { describe, expect, test } from 'vitest';
import { type Command, defineCommand, JSON_FLAG } from '../../src/cli/command.ts';
import { main } from '../../src/cli/main.ts';
import { InternalError, LockstepError } from '../../src/errors.ts';
import { recordedContext } from './recorded-context.ts';

const SECRET = 'hunter2-4711';

function ending(how: () => number): Command {
  return defineCommand({
    name: 'work',
    summary: 'Work',
    args: [{ name: 'name', description: 'which' }],
    flags: {
      json: JSON_FLAG,
      format: { type: 'string', options: ['text', 'sarif'], description: 'how' },
      limit: { type: 'integer', description: 'how many' },
    },
    run: async () => how(),
  });
}

async function run(line: string, how: () => number = () => 0, env = {}) {
  const context = recordedContext(env);
  const exit = await main(line.split(' '), context, [ending(how), ending(how), { ...ending(how), name: 'secret set' }]);
  return { exit, ...context.printed() };
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

  test('says what the world lacks, and what to do next', async () => {
    const error = new LockstepError('identity/missing', 'no identity was found', ['lockstep init', 'lockstep doctor']);
    expect(await run('work', raise(error))).toEqual({
      exit: 3,
      stdout: '',
      stderr: 'error: no identity was found\n  next: lockstep init\n  next: lockstep doctor\n',
    });
  });

  test('says it as one JSON document where --json was asked for', async () => {
    const error = new LockstepError('definition/unknown', 'no tool "helo"', ['lockstep tool list']);
    const { exit, stdout, stderr } = await run('work --json', raise(error));
    expect({ exit, stderr, said: JSON.parse(stdout) }).toEqual({
      exit: 1,
      stderr: '',
      said: { error: { code: 'definition/unknown', message: 'no tool "helo"', hints: ['lockstep tool list'] } },
    });
  });

  test('a bug of ours shows its message and its stack', async () => {
    const { exit, stderr } = await run('work', raise(new InternalError('unhandled case')));
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^error: this is a bug in Lockstep: unhandled case\n {4}at /);
  });

  test('a foreign error shows where, but not its text, which may quote a secret', async () => {
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

  test('a stack whose message was changed afterwards is not shown at all', async () => {
    const changed = new Error(`old ${SECRET}\n    at ${SECRET}`);
    changed.message = 'new';
    expect((await run('work', raise(changed))).stderr).not.toContain(SECRET);
  });

  test('whatever else is thrown is a bug too', async () => {
    expect((await run('work', raise(SECRET))).stderr).toBe(
      'error: this is a bug in Lockstep: a thrown string\n  next: please report it\n',
    );
  });

  test('a cancelled command ends quietly with 130', async () => {
    const aborted = raise(new DOMException('gone', 'AbortError'));
    expect(await run('work', aborted)).toEqual({ exit: 130, stdout: '', stderr: '' });
    expect(JSON.parse((await run('work --json', aborted)).stdout).error.code).toBe('cancelled');
  });
});

describe('a command line that does not fit', () => {
  test.each([
    ['work --limitt 3', 'unknown flag --limitt', 'did you mean "--limit"?'],
    [`work --token=${SECRET}`, 'unknown flag --token'],
    [`work a ${SECRET}`, 'one argument too many: "work" takes NAME'],
    [`work --format ${SECRET}`, '--format takes one of: text, sarif'],
    [`work --limit ${SECRET}`, '--limit takes a whole number'],
    ['work --limit=-1', 'a flag and its value cannot be told apart'],
    ['work --format', '--format takes one of: text, sarif'],
    ['work --limit 1 --limit 2', '--limit can be given only once'],
    [`work --json=${SECRET}`, 'a flag and its value cannot be told apart'],
    ['wrok', 'no such command: wrok', 'did you mean "work"?'],
    ['secret sat', 'no such command: secret sat', 'did you mean "secret set"?'],
    ['set', 'no such command: set', 'lockstep secret set'],
    [`secrets ${SECRET}`, 'no such command: secrets'],
  ])('%s', async (line, message, hint?: string) => {
    const { exit, stdout, stderr } = await run(line);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(`error: ${message}`);
    expect(stderr).not.toContain(SECRET);
    if (hint !== undefined) expect(stderr).toContain(`  next: ${hint}\n`);
  });
});

describe('a command that hands words on', () => {
  const EXEC = defineCommand({
    name: 'exec',
    summary: 'Run a command',
    rest: { name: 'command', required: true, description: 'what to run' },
    run: async () => 0,
  });

  test.each([
    ['exec ls', 'error: one argument too many: "exec" takes no arguments\n  next: COMMAND stands behind --\n'],
    ['exec', 'error: COMMAND is missing after --\n'],
    ['exec --', 'error: COMMAND is missing after --\n'],
    ['exec --quiet -- ls', 'error: unknown flag --quiet\n'],
  ])('%s', async (line, message) => {
    const context = recordedContext();
    expect(await main(line.split(' '), context, [EXEC])).toBe(2);
    expect(context.printed().stderr).toBe(`${message}  next: lockstep exec --help\n`);
  });

  test('shows them in its help', async () => {
    const context = recordedContext();
    expect(await main(['exec', '--help'], context, [EXEC])).toBe(0);
    expect(context.printed().stdout).toContain('$ lockstep exec [FLAGS] -- COMMAND\n');
  });
});
