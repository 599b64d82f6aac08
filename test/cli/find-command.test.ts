import { describe, expect, test } from 'vitest';
import { defineCommand } from '../../src/cli/command.ts';
import { findCommand } from '../../src/cli/find-command.ts';

const TABLE = ['run', 'version', 'secret set', 'secret list', 'member list'].map((name) =>
  defineCommand({ name, summary: name, run: async () => 0 }),
);

function found(...argv: string[]): unknown {
  const request = findCommand(argv, TABLE);
  return request.kind === 'command' ? [request.command.name, ...request.argv] : [`<${request.kind}>`, ...request.words];
}

describe('findCommand', () => {
  test('takes the longest name, and leaves the rest', () => {
    expect(found('run', 'hello', '--json')).toEqual(['run', 'hello', '--json']);
    expect(found('secret', 'set', 'list')).toEqual(['secret set', 'list']);
  });

  test('lets the common flags stand first', () => {
    expect(found('-C', 'secret', 'run', 'x')).toEqual(['run', '-C', 'secret', 'x']);
    expect(found('--json', '--directory=d', '-Cd', 'secret', 'list')).toEqual([
      'secret list',
      '--json',
      '--directory=d',
      '-Cd',
    ]);
  });

  test('--version is a command', () => {
    expect(found('--version', '--json')).toEqual(['version', '--json']);
  });

  test.each([[[]], [['--help']], [['help']], [['-C']]])('%j asks for help on everything', (argv) => {
    expect(found(...argv)).toEqual(['<help>']);
  });

  test('help is on the command or the topic that is named', () => {
    expect(found('secret')).toEqual(['<help>', 'secret']);
    expect(found('secret', '-h')).toEqual(['<help>', 'secret']);
    expect(found('help', 'secret', 'set')).toEqual(['<help>', 'secret', 'set']);
    expect(found('secret', 'set', 'NAME', '--help')).toEqual(['<help>', 'secret', 'set']);
  });

  test('--help behind a bare -- belongs to somebody else', () => {
    expect(found('run', '--', '--help')).toEqual(['run', '--', '--help']);
  });

  test('what is no command is unknown, also where help is asked for', () => {
    expect(found('rnu')).toEqual(['<unknown>', 'rnu']);
    expect(found('secret', 'sett')).toEqual(['<unknown>', 'secret', 'sett']);
    expect(found('rnu', '--help')).toEqual(['<unknown>', 'rnu']);
    expect(found('--frobnicate')).toEqual(['<unknown>', '--frobnicate']);
  });
});
