import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@oclif/core/command';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/generated/commands.js';
import { commandOf } from './cli/command-of.ts';

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

/** The name of the command that these words would run. */
async function nameOf(words: string): Promise<string | undefined> {
  return (await commandOf(words.split(' ')))?.id.replaceAll(':', ' ');
}

const isComing = (words: string) => COMING.some((name) => words === name || words.startsWith(`${name} `));
const isExcused = (words: string) => isComing(words) || PROSE.includes(words);

describe('commands that hints, help and documents name', async () => {
  const named = await Promise.all(
    [...namedCommands()].map(async ([words, files]) => ({ words, files, command: await nameOf(words) })),
  );

  test('exist', () => {
    const unknown = named.filter(({ words, command }) => command === undefined && !isExcused(words));
    expect(Object.fromEntries(unknown.map(({ words, files }) => [words, files]))).toEqual({});
  });

  test('are found at all', () => {
    const found = new Set(named.map(({ command }) => command));
    for (const name of ['init', 'check', 'secret set', 'secret grant', 'trust', 'vault verify', 'whoami'])
      expect(found).toContain(name);
  });

  test('are not announced as coming when they exist, and are all mentioned somewhere', async () => {
    const come = await Promise.all(COMING.map(nameOf));
    expect(COMING.filter((name) => come.includes(name))).toEqual([]);
    expect(COMING.filter((name) => !named.some(({ words }) => words.startsWith(name)))).toEqual([]);
  });
});

function spellings([name, flag]: [string, Command.Flag.Any]): string[] {
  return flag.type === 'boolean' && flag.allowNo ? [name, `no-${name}`] : [name];
}

describe('flags that hints name', () => {
  test.each(COMMANDS.map((command) => [command.id.replaceAll(':', ' '), command] as const))(
    'with %s exist',
    (name, command) => {
      const known = new Set([...Object.entries(command.flags).flatMap(spellings), 'help']);
      const below = COMMANDS.flatMap(({ id }) => (id.startsWith(`${command.id}:`) ? id.slice(name.length + 1) : []));
      const alone = below.length === 0 ? '' : `(?! (?:${below.join('|')})\\b)`;
      const pattern = new RegExp(`\\blockstep ${name}${alone}((?: (?:--?)?[\\w:$\\{\\}.'"*=<>-]+)*)`, 'g');
      for (const file of globSync(FILES, { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile())) {
        for (const [line, rest = ''] of readFileSync(join(file.parentPath, file.name), 'utf8').matchAll(pattern)) {
          const flags = [...rest.matchAll(/ --([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
          expect(
            flags.filter((flag) => !known.has(flag)),
            `${file.name}: ${line}`,
          ).toEqual([]);
        }
      }
    },
  );
});
