import type { CommandArgument } from '../syntax/shell-tree.ts';
import type { CommandWords } from './command-words.ts';
import { CODE_OPTION, languageOf, SQL, VALUE_OPTION } from './programs.ts';
import { guardRun, guardWrapped } from './wrappers.ts';

/** They run whatever words they are given. */
const RUNS_ALL: ReadonlySet<string> = new Set([
  ...['eval', 'alias', 'watch', 'parallel', 'pdsh', 'screen', 'tmux', 'make', 'compgen', 'complete', 'fc'],
]);

/**
 * The words behind the name of an interpreter: which of them it runs.
 * @param start index of the first of them
 * @param local run here, with our variables
 */
export function interpreterRoles(words: CommandWords, language: string, start: number, local: boolean): void {
  const code = (from: number, to = from + 1) => words.set(from, { is: 'code', language, local }, to);
  if (RUNS_ALL.has(language)) code(start, words.args.length);
  else ofLanguage(words, language, start, code);
}

function ofLanguage(words: CommandWords, language: string, start: number, code: SetCode): void {
  switch (language) {
    case 'trap':
      code(words.texts[start] === '--' ? start + 1 : start);
      break;
    case 'source':
      words.setOne(start, { is: 'program' });
      break;
    case 'su':
    case 'runuser':
    case 'script':
    case 'flock':
      guardWrapped(words, language, words.args.length);
      for (const [at, text] of words.texts.entries())
        if (at >= start && /^(?:-[A-Za-z]*c|--command)$/.test(text ?? '')) code(at + 1);
      break;
    case 'ssh':
      code(behindHost(words, start), words.args.length);
      break;
    case 'xargs':
      ofXargs(words, start, code);
      break;
    case 'awk':
    case 'sed':
    case 'jq':
      ofFilter(words, language, start, code);
      break;
    case 'sqlite3':
      for (const at of operands(words, start).slice(1)) code(at);
      break;
    default:
      ofOthers(words, language, start, code);
  }
}

type SetCode = (from: number, to?: number) => void;

function operands(words: CommandWords, start: number): number[] {
  return words.args.map((_, at) => at).filter((at) => at >= start && !words.isOption(at));
}

function behindHost(words: CommandWords, start: number): number {
  let host = start;
  while (host < words.args.length && words.isOption(host))
    host += /^-[bcDEeFIiJLlmOopQRSWw]$/.test(words.texts[host] ?? '') ? 2 : 1;
  return host + 1;
}

function ofXargs(words: CommandWords, start: number, code: SetCode): void {
  let first = start;
  while (first < words.args.length && words.isOption(first))
    first += /^(?:-[IinPLsdaE]|--(?:max-\w+|delimiter|arg-file|process-slot-var))$/.test(words.texts[first] ?? '')
      ? 2
      : 1;
  const program = words.texts[first];
  if (first < words.args.length && program === undefined) {
    // It may be an option, or a program that runs its words.
    code(first, words.args.length);
    words.setOne(first, { is: 'program' });
  } else if (program !== undefined && languageOf(program) !== undefined) code(first + 1, words.args.length);
  else if (program !== undefined) guardRun(words, first);
}

const FILTER_OPTIONS: Readonly<Record<string, RegExp>> = {
  awk: /^-[Fv]$|^--(?:assign|field-separator)$/,
  sed: /^-[l]$/,
  jq: /^(?:--indent|-L)$/,
};

/** The first operand is the program, unless `-e` or `-f` gave one. */
function ofFilter(words: CommandWords, language: 'awk' | 'sed' | 'jq', start: number, code: SetCode): void {
  let seen = false;
  for (let at = start; at < words.args.length; at++) {
    const text = words.texts[at];
    const arg = words.args[at];
    if (text === undefined && arg?.type === 'Word' && /^["']?--?(?:expression|source|e)=?/.test(arg.text)) {
      code(at);
      seen = true;
    } else if (text === undefined && isVariable(arg) && !seen) {
      // It may be an option; the program is then the next word.
      code(at);
    } else if (text !== undefined && words.isOption(at)) {
      if (/^(?:-[nErsz]*e|--expression|--source)$/.test(text) && language !== 'jq') {
        code(++at);
        seen = true;
      } else if (
        /^(?:-f|--file|--from-file|-i|--include|-l|--load)$/.test(text) &&
        !(language !== 'awk' && text === '-i')
      ) {
        words.setOne(++at, { is: 'program' });
        seen ||= /^(?:-f|--file|--from-file)$/.test(text);
      } else if (/^--(?:arg|argjson|slurpfile|rawfile)$/.test(text)) at += 2;
      else if (FILTER_OPTIONS[language]?.test(text)) at++;
    } else if (
      !(text === undefined && isOptionWithValue(arg)) &&
      !(language === 'jq' && JQ_COMMAND.test(text ?? '')) &&
      !seen
    ) {
      code(at);
      seen = true;
    }
  }
}

/** Of yq. */
const JQ_COMMAND = /^(?:e|eval|ea|eval-all|r|w|read|write)$/;

function isVariable(arg: CommandArgument | undefined): boolean {
  return /^"?\$[\w{@*]/.test(arg?.text ?? '');
}

/** `-F"$separator"` */
function isOptionWithValue(arg: CommandArgument | undefined): boolean {
  return /^["']?-/.test(arg?.text ?? '');
}

/** A program behind its option (`-c`), or a file that is one; what comes behind it are arguments. */
function ofOthers(words: CommandWords, language: string, start: number, code: SetCode): void {
  const option = Object.hasOwn(CODE_OPTION, language) ? CODE_OPTION[language] : undefined;
  const valued = VALUE_OPTION[language] ?? VALUE_OPTION.other;
  // `curl ... | bash -s -- --version 1`: what it runs comes through the pipe.
  if (language === 'shell' && words.texts.slice(start).some((text) => /^-\w*s$/.test(text ?? ''))) return;
  let seen = false;
  let operands = 0;
  // Perl opens files as commands (`ls|`), and editors take `+command`.
  const runsOperands =
    language === 'vim' || (language === 'perl' && words.texts.some((text) => /^-[a-zA-Z0-9]*[np]/.test(text ?? '')));
  const takesMany = /^(?:psql|mysql|mongo|duckdb|gdb|vim|perl|ruby|osascript|Rscript|dc)$/.test(language);
  for (let at = start; at < words.args.length; at++) {
    const text = words.texts[at];
    const arg = words.args[at];
    if (text !== undefined && option?.test(text)) {
      let next = at + 1;
      if (language === 'shell') while (next < words.args.length && words.isOption(next)) next++;
      code(next);
      if (!takesMany) return;
      seen = true;
      at = next;
    } else if (
      text === undefined &&
      arg?.type === 'Word' &&
      (/^["']?(?:--command|--execute|--query|--eval|-c|-e)=?./.test(arg.text) || option?.test(attachedOption(arg.text)))
    ) {
      code(at);
      seen = true;
    } else if (words.isOption(at)) {
      if (language === 'python' && text === '-m') {
        words.setOne(at + 1, { is: 'program' });
        return;
      }
      if (valued?.test(text ?? '')) at++;
      if (/^--(?:rcfile|init-file)$/.test(text ?? '')) words.setOne(at, { is: 'program' });
    } else if (runsOperands && (seen || language === 'vim')) {
      words.setOne(at, { is: 'code', language: 'the program', local: false });
    } else if (!isClient(language)) {
      if (!seen && operands === 0) words.setOne(at, { is: 'program' });
      if (language === 'python' && /(?:^|\/)manage\.py$/.test(text ?? '')) ofDjango(words, at, code);
      operands++;
      // Behind an option it may be the value of that, a word that is worked out may be an option, and behind the name of a
      // container all is open.
      if (start === 0 && !words.isOption(at - 1) && text !== undefined) return;
    }
  }
}

/** `python manage.py shell -c "..."` */
function ofDjango(words: CommandWords, start: number, code: SetCode): void {
  for (const [at, text] of words.texts.entries()) if (at > start && /^(?:-c|--command)$/.test(text ?? '')) code(at + 1);
}

/** The option in `-tAc"select 1"`. */
function attachedOption(written: string): string {
  return /^-[A-Za-z]+(?=["'$])/.exec(written)?.[0] ?? '';
}

/** Operands of these name databases and hosts. */
function isClient(language: string): boolean {
  return SQL.test(language) || /^(?:mongo|vim|ex|gdb|ed)$/.test(language);
}
