import { baseName } from '../../../util/paths.ts';
import type { Command, CommandArgument, ShellTree } from '../syntax/shell-tree.ts';
import { CommandWords, type Role } from './command-words.ts';
import { interpreterRoles } from './interpreter-roles.ts';
import {
  CODE_OPTION,
  FREE,
  LOCAL_WRAPPER,
  languageOf,
  REMOTE_WRAPPER,
  TAKES_NAMES,
  TAKES_VARIABLES,
} from './programs.ts';
import { guardRun, guardWrapped } from './wrappers.ts';

/** @param name of the program; undefined where something chooses it */
export function rolesOf(
  command: Command,
  tree: ShellTree,
  functions: ReadonlySet<string>,
  name: string | undefined,
): ReadonlyMap<CommandArgument, Role> {
  const words = new CommandWords(command, tree);
  if (name === undefined) ofUnknown(words);
  else if (functions.has(name)) ofFunction(name, words);
  else if (!ofBuiltin(baseName(name), words)) ofProgram(name, words);
  return words.roles;
}

/** A function may hand its words to a program: `k() { kubectl "$@"; }; k exec pod -- sh -c ...`. */
function ofFunction(name: string, words: CommandWords): void {
  words.set(0, { is: 'operand' });
  const language = languageOf(name);
  if (language !== undefined) interpreterRoles(words, language, 0, false);
  else ofInner(words, innerAt(words), 'remote');
}

/** Whatever `$CMD` is, it may run its words, and all the more what stands behind `-c`. */
function ofUnknown(words: CommandWords): void {
  words.set(0, { is: 'code', language: 'the program', local: false });
  // The variable may be empty.
  const first = words.texts[0];
  if (first !== undefined) guardRun(words, 0);
  for (const [at, text] of words.texts.entries())
    if (text !== undefined && /^-(?:c|e|E|ec|lc|-command|-eval)$/.test(text))
      words.setOne(at + 1, { is: 'code', language: 'that option', local: false });
}

function ofBuiltin(name: string, words: CommandWords): boolean {
  if (FREE.test(name)) words.set(0, { is: 'free' });
  else if (name === 'printf') ofPrintf(words);
  else if (name === 'let') words.set(0, { is: 'integer' });
  else if (name === '[' || name === 'test') ofTest(words);
  else if (TAKES_VARIABLES.test(name)) ofDeclaration(name, words);
  else return ofOption(name, words);
  return true;
}

/** Builtins that take a name or a program behind an option. */
const BEHIND_OPTION: Readonly<Record<string, readonly [option: RegExp, role: Role]>> = {
  wait: [/^-\w*p$/, { is: 'name' }],
  hash: [/^-\w*p$/, { is: 'program' }],
  enable: [/^-\w*f$/, { is: 'program' }],
  jobs: [/^-\w*x$/, { is: 'program' }],
};

function ofOption(name: string, words: CommandWords): boolean {
  const [option, role] = (Object.hasOwn(BEHIND_OPTION, name) ? BEHIND_OPTION[name] : undefined) ?? [];
  if (option === undefined || role === undefined) return false;
  for (const [at, text] of words.texts.entries()) {
    if (option.test(text ?? '')) words.setOne(at + 1, role);
    // `-p"$name"`
    else if (text === undefined && /^-/.test(words.args[at]?.text ?? '')) words.setOne(at, role);
  }
  return true;
}

function ofPrintf(words: CommandWords): void {
  words.set(0, { is: 'free' });
  let at = words.texts[0] === '--' ? 1 : 0;
  const isAttached = /^-v./.test(words.args[0]?.text ?? '');
  if (words.texts[0] === '-v' || isAttached) {
    words.setOne(isAttached ? 0 : 1, { is: 'name' });
    at = isAttached ? 1 : 2;
  }
  words.setOne(at, { is: 'format' });
}

function ofTest(words: CommandWords): void {
  words.set(0, { is: 'operand' });
  for (const [at, text] of words.texts.entries()) {
    if (text === '-v' || text === '-R') words.setOne(at + 1, { is: 'name' });
    // A computed word may be `-v`.
    if (text === undefined && words.texts[at + 1] === undefined) words.setOne(at + 1, { is: 'name' });
    if (isSeveral(words.args[at]?.text ?? '')) words.setOne(at, { is: 'name' });
    // Other shells than bash, dash and busybox work these out as arithmetic; here a text would be an error anyway.
    if (text === undefined || !/^-(?:eq|ne|lt|le|gt|ge)$/.test(text)) continue;
    if (at > 0) words.setOne(at - 1, { is: 'integer' });
    words.setOne(at + 1, { is: 'integer' });
  }
}

/** `"$@"`, `"${list[@]}"` */
function isSeveral(written: string): boolean {
  return /^"?\$(?:@|\*|\{\w*\[?[@*])/.test(written);
}

function ofDeclaration(name: string, words: CommandWords): void {
  const has = (letter: string) =>
    words.texts.some((text) => text !== undefined && new RegExp(`^-[A-Za-z]*${letter}`).test(text));
  const isReference = has('n') && !/^(?:read|export|unset)$/.test(name);
  for (const [at, arg] of words.args.entries())
    words.setOne(at, arg.type === 'Word' || isReference ? { is: 'name' } : { is: has('i') ? 'integer' : 'free' });
}

function ofProgram(name: string, words: CommandWords): void {
  const program = baseName(name);
  const language = languageOf(name);
  if (language !== undefined) {
    interpreterRoles(words, language, 0, true);
    return;
  }
  if (RUNS_OPERANDS.test(program)) words.set(0, { is: 'code', language: 'the program', local: false });
  if (TAKES_NAMES.test(program)) return;
  for (const [at, text] of words.texts.entries()) if (RUNS_NEXT_PROGRAM.test(text ?? '')) guardRun(words, at + 1);
  const found = innerAt(words);
  guardWrapped(words, program, found ?? words.args.length);
  ofInner(words, found, runnerKind(program));
}

/** Where a program runs the command among its words: here, with our variables, elsewhere, or perhaps not at all. */
type RunnerKind = 'local' | 'remote' | 'unknown';

function runnerKind(program: string): RunnerKind {
  if (LOCAL_WRAPPER.test(program)) return 'local';
  return REMOTE_WRAPPER.test(program) ? 'remote' : 'unknown';
}

/** Where the name of an interpreter stands among the words of another program. */
function innerAt(words: CommandWords): number | undefined {
  const found = words.texts.findIndex((text) => text !== undefined && innerLanguage(text) !== undefined);
  return found === -1 ? undefined : found;
}

/** Files whose names begin with a sign they run, or take for a command of theirs; and programs that take whole commands. */
const RUNS_OPERANDS = /^(?:less|more|most|concurrently|hyperfine|watchexec)$/;
/** Of find and fd. */
const RUNS_NEXT_PROGRAM = /^-(?:exec|execdir|ok|okdir|x|X)$|^--exec(?:-batch)?$/;

/** @param found the place of the interpreter among the words */
function ofInner(words: CommandWords, found: number | undefined, kind: RunnerKind): void {
  if (found === undefined) return;
  const language = innerLanguage(words.texts[found] ?? '') ?? '';
  const behind = words.texts.slice(found + 1);
  // What follows is data unless an option says otherwise, or the interpreter needs none.
  const runs =
    kind !== 'unknown' ||
    !Object.hasOwn(CODE_OPTION, language) ||
    behind.some((text) => text !== undefined && /^-[a-z]*[ce]$/.test(text));
  if (!runs) return;
  const keepsVariables = kind === 'local' && !words.texts.slice(0, found).some((text) => text === '-i' || text === '-');
  interpreterRoles(words, language, found + 1, keepsVariables);
  // `vagrant ssh -c`, `gcloud compute ssh --command`
  for (const [at, arg] of words.args.entries())
    if (at > found + 1 && /^(?:-c|--command)$/.test(words.texts[at - 1] ?? '') && words.roles.get(arg)?.is === 'data')
      words.setOne(at, { is: 'code', language, local: false });
}

/** The role of a word, or of the value of an option such as `--entrypoint=sh`. */
function innerLanguage(text: string): string | undefined {
  const language = languageOf(text.replace(/^--[\w-]+=/, ''));
  return language !== undefined &&
    !/^(?:source|eval|trap|alias|at|batch|ex|ed|script|screen|make|expect)$/.test(language)
    ? language
    : undefined;
}
