import { baseName, CODE_OPTION, languageOf, TAKES_NAMES } from './programs.ts';
import type { Command, ShellTree } from './shell-tree.ts';

/** The language in which a command reads its standard input; undefined where that is data to it. */
export function inputLanguage(command: Command, tree: ShellTree): string | undefined {
  const name = tree.literal(command.name);
  if (name === undefined || TAKES_NAMES.test(baseName(name))) return undefined;
  const texts = [name, ...command.args.map((arg) => tree.literal(arg))];
  if (/^(?:sudo|doas)$/.test(baseName(name)) && texts.some((text) => /^-[a-z]*[si]$/.test(text ?? ''))) return 'shell';
  const at = texts.findIndex((text) => text !== undefined && languageOf(text) !== undefined);
  const language = languageOf(texts[at] ?? '');
  return language === undefined ? undefined : languageOfInput(language, texts.slice(at + 1));
}

function languageOfInput(language: string, rest: readonly (string | undefined)[]): string | undefined {
  const operands = rest.filter((text) => text === undefined || !text.startsWith('-') || text === '-');
  const option = Object.hasOwn(CODE_OPTION, language) ? CODE_OPTION[language] : undefined;
  const hasProgram = rest.some((text) => text !== undefined && option?.test(text));
  const readsInput = operands.length === 0 || operands[0] === '-' || operands[0] === '/dev/stdin';
  switch (language) {
    case 'source':
      return operands[0] === '/dev/stdin' ? 'shell' : undefined;
    case 'shell':
      return !hasProgram && (rest.includes('-s') || readsInput) ? 'shell' : undefined;
    case 'su':
    case 'runuser':
      return rest.some((text) => text === '-c' || text === '--command') ? undefined : 'shell';
    case 'psql':
    case 'mysql':
    case 'sqlite3':
    case 'mongo':
    case 'duckdb':
      return hasProgram ? undefined : language;
    case 'crontab':
      return readsInput ? language : undefined;
    case 'xargs':
      return rest.some((text) => text !== undefined && languageOf(text) !== undefined) ? 'shell' : 'xargs';
    case 'sed':
    case 'awk':
    case 'jq':
    case 'make':
      return rest.some(
        (text, at) => /^(?:-f|--file|--from-file)$/.test(text ?? '') && /^(?:-|\/dev\/stdin)$/.test(rest[at + 1] ?? ''),
      )
        ? language
        : undefined;
    case 'ssh':
    case 'at':
    case 'batch':
    case 'ed':
    case 'ex':
    case 'bc':
    case 'dc':
    case 'parallel':
    case 'm4':
    case 'gdb':
      return language;
    case 'eval':
    case 'trap':
    case 'alias':
    case 'watch':
    case 'screen':
    case 'tmux':
    case 'script':
    case 'flock':
    case 'compgen':
    case 'complete':
    case 'fc':
    case 'vim':
    case 'expect':
      return undefined;
    default:
      return readsInput && !hasProgram && !rest.some((text) => /^-[a-zA-Z]*[mr]$/.test(text ?? ''))
        ? language
        : undefined;
  }
}
