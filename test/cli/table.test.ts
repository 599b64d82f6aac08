import { describe, expect, test } from 'vitest';
import { findCommand } from '../../src/cli/find-command.ts';
import { parseInput } from '../../src/cli/parse.ts';
import { COMMANDS, TOPICS } from '../../src/cli/table.ts';

/** The `lockstep ...` part of an example, in words; quotes are taken off. */
function lockstepWords(example: string): string[] {
  const line = example.slice(example.indexOf('lockstep ')).split(/ [|<>&]/)[0] ?? '';
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replace(/['"]/g, '')).slice(1);
}

test('names are unique, and no command is a topic too', () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name in TOPICS)).toEqual([]);
});

test('every topic says what it is about, and has commands', () => {
  const used = new Set(COMMANDS.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0]));
  expect(Object.keys(TOPICS).sort()).toEqual([...used].sort());
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (_, command) => {
  test('has a one-line summary and no full stop', () => {
    expect(command.summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  test('has arguments that can be told apart', () => {
    const required = command.args.map((argument) => argument.required ?? false);
    expect(required).toEqual([...required].sort((a, b) => Number(b) - Number(a)));
    expect(command.args.findIndex(({ multiple }) => multiple)).toBeOneOf([-1, command.args.length - 1]);
  });

  test('has flags of one spelling', () => {
    const shorts = Object.values(command.flags).flatMap(({ short }) => short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
    for (const short of shorts) expect(short).toMatch(/^[A-Za-z]$/);
    for (const name of Object.keys(command.flags)) expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(Object.keys(command.flags)).not.toContain('help');
  });

  test('has examples that it would take', () => {
    for (const example of command.examples) {
      const request = findCommand(lockstepWords(example.command), COMMANDS);
      if (request.kind !== 'command') throw new Error(`not a command: ${example.command}`);
      expect(request.command.name, example.command).toBe(command.name);
      expect(parseInput(request.command, request.argv), example.command).toBeDefined();
    }
  });
});
