import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCommand } from '../src/cli/find-command.ts';
import { COMMANDS } from '../src/cli/table.ts';

const ROOT = join(import.meta.dirname, '..');
const FILES = ['src/**/*.ts', 'schemas/*.json', 'examples/**/*', 'docs/**/*.md', 'README.md'];

/** Named today, made tomorrow. Each line goes when its command comes: a test below sees to it. */
const COMING: readonly string[] = [];

/** What looks like a command and is a sentence. */
const PROSE = ['is running'];

/** `lockstep WORD [WORD]` as a person is told to type it, with the files that say it. */
function namedCommands(): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>();
  for (const file of globSync(FILES, { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    for (const [, words = ''] of readFileSync(path, 'utf8').matchAll(
      /\blockstep ((?:-C \S+ )?[a-z][a-z-]*(?: [a-z][a-z-]*)?)/g,
    ))
      named.set(words, [...(named.get(words) ?? []), path.slice(ROOT.length + 1)]);
  }
  return named;
}

/** The command that these words would run; a topic alone runs none. */
function commandOf(words: string): string | undefined {
  const request = findCommand(words.split(' '), COMMANDS);
  return request.kind === 'command' ? request.command.name : undefined;
}

const isComing = (words: string) => COMING.some((name) => words === name || words.startsWith(`${name} `));
const isExcused = (words: string) => isComing(words) || PROSE.includes(words);

describe('commands that hints, help and documents name', () => {
  test('exist', () => {
    const unknown = [...namedCommands()].filter(([words]) => commandOf(words) === undefined && !isExcused(words));
    expect(Object.fromEntries(unknown)).toEqual({});
  });

  test('are found at all', () => {
    const found = new Set([...namedCommands().keys()].map(commandOf));
    for (const name of ['init', 'check', 'secret set', 'secret grant', 'trust', 'vault verify', 'whoami'])
      expect(found).toContain(name);
  });

  test('are no longer called coming when they have come, or are named nowhere', () => {
    expect(COMING.filter((name) => commandOf(name) === name)).toEqual([]);
    expect(COMING.filter((name) => ![...namedCommands().keys()].some((words) => words.startsWith(name)))).toEqual([]);
  });
});

describe('flags that hints name', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))('with %s exist', (name, command) => {
    const known = new Set([...Object.keys(command.flags), 'help']);
    const pattern = new RegExp(`\\blockstep ${name}((?: (?:--?)?[\\w:$\\{\\}.'"*=<>-]+)*)`, 'g');
    for (const file of globSync(FILES, { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile())) {
      for (const [line, rest = ''] of readFileSync(join(file.parentPath, file.name), 'utf8').matchAll(pattern)) {
        const flags = [...rest.matchAll(/ --([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
        expect(
          flags.filter((flag) => !known.has(flag)),
          `${file.name}: ${line}`,
        ).toEqual([]);
      }
    }
  });
});
