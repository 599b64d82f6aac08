import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS, PACKAGE } from '../../src/cli/generated/commands.js';
import { commandOf } from './command-of.ts';

const FOLDER = join(import.meta.dirname, '../../src/cli/commands');
const TOPICS = Object.keys(PACKAGE.oclif.topics ?? {});

/** The `lockstep ...` part of an example, in words; quotes are taken off. */
function lockstepWords(example: string): string[] {
  const line = example.slice(example.indexOf('lockstep ')).split(/ [|<>&]|\)"/)[0] ?? '';
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replace(/['"]/g, '')).slice(1);
}

test('the generated list has every file of src/cli/commands/', () => {
  const files = globSync('**/*.ts', { cwd: FOLDER }).map((path) => path.replace(/\.ts$/, '').replaceAll('/', ':'));
  expect(COMMANDS.map(({ id }) => id).sort()).toEqual(files.sort());
});

test('names and aliases are unique, and no command is a topic too, except what hosts start', () => {
  const names = COMMANDS.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => TOPICS.includes(name))).toEqual(['mcp']);
});

test('every topic says what it is about, and has commands', () => {
  const used = new Set(COMMANDS.filter(({ id }) => id.includes(':')).map(({ id }) => id.split(':')[0]));
  expect(TOPICS.toSorted()).toEqual([...used].sort());
});

test('people can type `ls` for `list`, `get` for `show`, `rm` and `delete` for `remove` in every topic', () => {
  const words: Readonly<Record<string, readonly string[]>> = { list: ['ls'], show: ['get'], remove: ['rm', 'delete'] };
  for (const { id, aliases } of COMMANDS) {
    const [topic, verb = ''] = id.split(':');
    expect(aliases, id).toEqual(expect.arrayContaining((words[verb] ?? []).map((word) => `${topic}:${word}`)));
  }
});

describe.each(COMMANDS.map((command) => [command.id, command] as const))('%s', (id, command) => {
  test('is one class in its own file, which matches its entry in the list', async () => {
    const loaded = await command.load();
    expect({ id: loaded.id, summary: loaded.summary, args: Object.keys(loaded.args) }).toEqual({
      id,
      summary: command.summary,
      args: Object.keys(command.args),
    });
  });

  test('has a one-line summary and no full stop', () => {
    expect(command.summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  test('has no text that oclif would take for a template', () => {
    expect(readFileSync(`${join(FOLDER, ...id.split(':'))}.ts`, 'utf8')).not.toContain('<%');
  });

  test('has required arguments first, and a repeated one last', () => {
    const args = Object.values(command.args);
    const required = args.map((argument) => argument.required ?? false);
    expect(required).toEqual([...required].sort((a, b) => Number(b) - Number(a)));
    expect(args.findIndex(({ multiple }) => multiple)).toBeOneOf([-1, args.length - 1]);
  });

  test('reads no missing argument from standard input', async () => {
    for (const argument of Object.values((await command.load()).args)) expect(argument.ignoreStdin).toBe(true);
  });

  test('has flags of one spelling', () => {
    const shorts = Object.values(command.flags).flatMap(({ char }) => char ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
    for (const name of Object.keys(command.flags)) expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(Object.keys(command.flags)).not.toContain('help');
  });

  test('has flags whose lists do not take the arguments after them', async () => {
    for (const flag of Object.values((await command.load()).flags ?? {}))
      if (flag.type === 'option' && flag.multiple) expect(flag.multipleNonGreedy).toBe(true);
  });

  test('has examples that the command accepts', async () => {
    for (const example of command.examples ?? []) {
      if (typeof example === 'string') throw new Error(`an example without a description: ${example}`);
      const found = await commandOf(lockstepWords(example.command));
      expect(found, example.command).toMatchObject({ id, fits: true });
    }
  });
});
