import { baseName } from '../../../util/paths.ts';
import type { Command, ShellTree } from '../syntax/shell-tree.ts';
import { isAllParameters } from './command-names.ts';
import { CODE_OPTION, COMMAND_CLIENT, languageOf, SQL, TAKES_NAMES } from './programs.ts';

/**
 * The language in which a command reads its standard input; undefined where that is data to it.
 * @param name of its program; undefined where something chooses it
 */
export function inputLanguage(command: Command, tree: ShellTree, name: string | undefined): string | undefined {
  if (command.name === undefined || (name !== undefined && TAKES_NAMES.test(baseName(name)))) return undefined;
  if (name === undefined) return isAllParameters(command.name.text) ? undefined : 'the program';
  const texts = [name, ...command.args.map((arg) => tree.literal(arg))];
  if (/^(?:sudo|doas)$/.test(baseName(name)) && texts.some((text) => /^-[a-z]*[si]$/.test(text ?? ''))) return 'shell';
  const client = texts.find((text) => text !== undefined && COMMAND_CLIENT.test(baseName(text)));
  if (client !== undefined) return baseName(client);
  const at = texts.findIndex((text) => text !== undefined && languageOf(text) !== undefined);
  const language = languageOf(texts[at] ?? '');
  return language === undefined ? undefined : languageOfInput(language, texts.slice(at + 1));
}

/** What they read is a program to them, whatever words they were given. */
const ALWAYS: ReadonlySet<string> = new Set('ssh at batch ed ex bc dc parallel m4 gdb vim expect'.split(' '));
/** What they read is data, or comes from the terminal. */
const NEVER: ReadonlySet<string> = new Set(
  'eval trap alias watch screen tmux script flock compgen complete fc'.split(' '),
);
/** With an option that names the program, what they read is data. */
const isDatabase = (language: string) => SQL.test(language) || language === 'mongo';
/** Their program is a word, or a file that an option names: standard input, for example. */
const FILTERS: ReadonlySet<string> = new Set('sed awk jq make'.split(' '));

function languageOfInput(language: string, rest: readonly (string | undefined)[]): string | undefined {
  if (ALWAYS.has(language)) return language;
  if (NEVER.has(language)) return undefined;
  // Behind an option may stand its value: `-o pipefail`, `-W ignore`.
  const operands = rest.filter(
    (text, at) =>
      (text === undefined || !text.startsWith('-') || text === '-') && !/^[-+]\w+$/.test(rest[at - 1] ?? ''),
  );
  const option = Object.hasOwn(CODE_OPTION, language) ? CODE_OPTION[language] : undefined;
  const hasProgram = rest.some((text) => text !== undefined && option?.test(text));
  const readsInput = operands.length === 0 || operands[0] === '-' || operands[0] === '/dev/stdin';
  if (isDatabase(language)) return hasProgram ? undefined : language;
  if (FILTERS.has(language)) return takesProgramFromInput(rest) ? language : undefined;
  switch (language) {
    case 'source':
      return operands[0] === '/dev/stdin' ? 'shell' : undefined;
    case 'shell':
      return !hasProgram && (rest.some((text) => /^-[a-z]*s/.test(text ?? '')) || readsInput) ? 'shell' : undefined;
    case 'su':
    case 'runuser':
      return 'shell';
    case 'crontab':
      return readsInput ? language : undefined;
    case 'xargs':
      return rest.some((text) => text !== undefined && languageOf(text) !== undefined) ? 'shell' : 'xargs';
    default:
      return readsInput && !hasProgram && !runsModule(rest) ? language : undefined;
  }
}

function takesProgramFromInput(rest: readonly (string | undefined)[]): boolean {
  return rest.some(
    (text, at) => /^(?:-f|--file|--from-file)$/.test(text ?? '') && /^(?:-|\/dev\/stdin)$/.test(rest[at + 1] ?? ''),
  );
}

/** `python -m`, `ruby -r` */
function runsModule(rest: readonly (string | undefined)[]): boolean {
  return rest.some((text) => /^-[a-zA-Z]*[mr]$/.test(text ?? ''));
}
