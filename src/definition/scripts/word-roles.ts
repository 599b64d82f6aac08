import { CommandWords, type Role } from './command-words.ts';
import { interpreterRoles } from './interpreter-roles.ts';
import { baseName, FREE, LOCAL_WRAPPER, languageOf, REMOTE_WRAPPER, TAKES_NAMES, TAKES_VARIABLES } from './programs.ts';
import type { Command, CommandArgument, ShellTree } from './shell-tree.ts';
import { guardWrapped } from './wrappers.ts';

export function rolesOf(
  command: Command,
  tree: ShellTree,
  functions: ReadonlySet<string>,
): ReadonlyMap<CommandArgument, Role> {
  const words = new CommandWords(command, tree);
  const name = tree.literal(command.name);
  if (name === undefined) ofUnknown(words);
  else if (functions.has(name)) words.set(0, { is: 'operand' });
  else if (!ofBuiltin(baseName(name), words)) ofProgram(name, words);
  return words.roles;
}

/** `$CMD -c ...`: what follows may be a program. */
function ofUnknown(words: CommandWords): void {
  for (const [at, text] of words.texts.entries())
    if (text !== undefined && /^-(?:c|e|E|ec|lc|-command|-eval)$/.test(text))
      words.setOne(at + 1, { is: 'code', language: 'the program', local: false });
}

function ofBuiltin(name: string, words: CommandWords): boolean {
  if (FREE.test(name)) words.set(0, { is: 'free' });
  else if (name === 'printf') ofPrintf(words);
  else if (name === 'let') words.set(0, { is: 'integer' });
  else if (name === '[' || name === 'test') ofTest(words);
  else if (TAKES_VARIABLES.test(name)) ofDeclaration(name, words);
  else return false;
  return true;
}

function ofPrintf(words: CommandWords): void {
  words.set(0, { is: 'free' });
  let at = words.texts[0] === '--' ? 1 : 0;
  if (words.texts[0] === '-v') {
    words.setOne(1, { is: 'name' });
    at = 2;
  }
  words.setOne(at, { is: 'format' });
}

function ofTest(words: CommandWords): void {
  words.set(0, { is: 'operand' });
  for (const [at, text] of words.texts.entries()) {
    if (text === '-v' || text === '-R') words.setOne(at + 1, { is: 'name' });
    // Other shells than bash, dash and busybox work these out as arithmetic; here a text would be an error anyway.
    if (text === undefined || !/^-(?:eq|ne|lt|le|gt|ge)$/.test(text)) continue;
    if (at > 0) words.setOne(at - 1, { is: 'integer' });
    words.setOne(at + 1, { is: 'integer' });
  }
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
  if (languageOf(name) !== undefined) {
    interpreterRoles(words, languageOf(name) ?? '', 0, true);
    return;
  }
  if (TAKES_NAMES.test(program)) return;
  const isLocal = LOCAL_WRAPPER.test(program);
  const found = words.texts.findIndex((text) => text !== undefined && isInnerInterpreter(text));
  guardWrapped(words, program, found === -1 ? words.args.length : found);
  if (found === -1) return;
  const behind = words.texts.slice(found + 1);
  // The name of an interpreter among the words of another program: what follows is data unless an option says otherwise.
  if (
    !isLocal &&
    !REMOTE_WRAPPER.test(program) &&
    !behind.some((text) => text !== undefined && /^-[a-z]*[ce]$/.test(text))
  )
    return;
  const keepsVariables = isLocal && !words.texts.slice(0, found).some((text) => text === '-i' || text === '-');
  interpreterRoles(words, languageOf(words.texts[found] ?? '') ?? '', found + 1, keepsVariables);
}

function isInnerInterpreter(text: string): boolean {
  const language = languageOf(text);
  return (
    language !== undefined && !/^(?:source|eval|trap|alias|at|batch|ex|ed|script|screen|make|expect)$/.test(language)
  );
}
