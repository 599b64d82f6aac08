import type { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';

/** A command line before its flags are read. */
interface SplitLine {
  /** `-C DIR` and `--json`, which may stand before the command. */
  readonly leading: readonly string[];
  /** The words from there up to the next flag: a command and its first arguments. */
  readonly words: readonly string[];
  /** All words except `leading`. */
  readonly rest: readonly string[];
}

export function splitLine(argv: readonly string[]): SplitLine {
  let at = 0;
  for (let word = argv[at]; word !== undefined; word = argv[at]) {
    if (word === '-C' || word === '--directory') at += 2;
    else if (word === '--json' || word.startsWith('--directory=') || /^-C./.test(word)) at += 1;
    else break;
  }
  const rest = argv.slice(at);
  const end = rest.findIndex((word) => word.startsWith('-'));
  return { leading: argv.slice(0, at), words: rest.slice(0, end === -1 ? rest.length : end), rest };
}

/** Replaces oclif's search, which treats every word after a command without arguments as a part of its name. */
export function findCommand(
  config: Pick<Config, 'findCommand'>,
  words: readonly string[],
): { readonly command: Command.Loadable; readonly length: number } | undefined {
  for (const length of [2, 1]) {
    const command = words.length < length ? undefined : config.findCommand(words.slice(0, length).join(':'));
    if (command !== undefined) return { command, length };
  }
  return undefined;
}

/** The words before a bare `--`, and the words after it, which are for another program. */
export function cutAtDashes(argv: readonly string[]): { readonly own: string[]; readonly others: string[] } {
  const at = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return { own: argv.slice(0, at), others: argv.slice(at + 1) };
}
