import { variableIn } from '../programs/assignments.ts';
import { languageOf } from '../programs/programs.ts';
import { inputLanguage } from '../programs/reads-code.ts';
import { documentText, roughText } from '../syntax/cooked-text.ts';
import { type Command, type HereDoc, ShellTree, type SyntaxNode, type Word } from '../syntax/shell-tree.ts';
import { Flow } from './flow.ts';
import type { FollowedScript, Run } from './followed-script.ts';
import { isOutput } from './redirections.ts';

/** Variables whose texts, or whose files, a shell runs. */
const RUN_BY_SHELL = /^(?:PS[0-4]|PROMPT_COMMAND|BASH_ENV|ENV|BASH_ALIASES)$/;
/** What a text has to hold for a variable in it to be read as more than text. */
const READS = /[$`[]|\(\(|\b(?:let|eval|declare|typeset|local|export|read|source|test)\b|-(?:eq|ne|lt|le|gt|ge)\b/;

/**
 * Texts of the script that a shell may get through a variable, a pipe, a file or a function: which of them it gets, nobody
 * follows, and so each may be what any of the shells runs.
 */
export function enterLooseTexts(script: FollowedScript): void {
  const { reader, enter, limits } = script;
  const { nodes } = reader.tree;
  const written = writtenBy(script);
  const isOwn = (command: Command) => written.has(`/${reader.names.programOf(command) ?? ''}`);
  const runs = nodes.flatMap((node) =>
    node.type === 'Command' && (runsSomeText(node, script) || isOwn(node)) ? [runOf(node)] : [],
  );
  if (runs.length === 0 && !nodes.some(isRunByShell)) return;
  const texts = new Set(nodes.flatMap((node) => textOf(node, script)));
  if ([...texts].some(isPiece))
    limits.limit(valuesNamed([...texts].join(' '), runs, script), 'integer', 'a shell runs a text made of pieces');
  for (const text of texts) if (READS.test(text) && namesValue(text, runs, script)) enter(text, runs, 'hidden');
}

/** Whether a text is only a part of a script, and evaluates something: `echo $((`. */
function isPiece(text: string): boolean {
  if (!/\(\(|\$\[|`|\beval\b|\w\[/.test(text)) return false;
  return /\(\([^)]*%[sdqb]|\[[^\]]*%[sdqb]/.test(text) || !ShellTree.reads(text);
}

export function runOf(command: Command): Run {
  return { command, behind: command.args };
}

/** The cells of files that the script writes by a redirection. */
function writtenBy({ reader }: FollowedScript): ReadonlySet<string> {
  return new Set(
    reader.tree.nodes.flatMap((node) =>
      node.type === 'Redirect' && node.target !== undefined && isOutput(node) ? [reader.fileWritten(node.target)] : [],
    ),
  );
}

function isRunByShell(node: SyntaxNode): boolean {
  if (node.type === 'Assignment') return RUN_BY_SHELL.test(node.name);
  return (
    node.type === 'ParameterExpansion' && node.operation?.type === 'Transform' && node.operation.operand.text === 'P'
  );
}

/** Whether a command runs a script that does not stand in it: a file, what it reads, a text that is computed. */
function runsSomeText(command: Command, { reader, roles }: FollowedScript): boolean {
  const name = reader.names.nameOf(command);
  if (isOwnFile(name ?? '') || inputLanguage(command, reader.tree, name) === 'shell') return true;
  const isShell = [command.name, ...command.args].some((word) =>
    /^(?:shell|source)$/.test(languageOf(reader.tree.literal(word) ?? '') ?? ''),
  );
  return [...roles(command)].some(([arg, role]) => {
    const literal = reader.tree.literal(arg);
    if (role.is === 'program') return isShell || isOwnFile(literal ?? '');
    return role.is === 'code' && (role.language === 'alias' || (isOfShell(role.language) && literal === undefined));
  });
}

function isOfShell(language: string): boolean {
  return /^(?:shell|eval|trap)$/.test(language);
}

function isOwnFile(name: string): boolean {
  return /^(?:\.{0,2}\/|~)/.test(name) && !/^\/(?:usr\/)?s?bin\//.test(name);
}

function textOf(node: SyntaxNode, script: FollowedScript): readonly string[] {
  if (node.type === 'HereDoc') return isOtherDocument(node, script) ? [] : [documentText(node)];
  if (node.type !== 'Word' || isOtherCode(node, script)) return [];
  const text = roughText(node);
  return [/^\w+=/.test(text) ? text.slice(text.indexOf('=') + 1) : text];
}

/** The program of another language. */
function isOtherCode(word: Word, { reader, roles }: FollowedScript): boolean {
  const command = reader.tree.parent(word);
  const role = command?.type === 'Command' ? roles(command).get(word) : undefined;
  return role?.is === 'code' && !/^(?:shell|eval|trap|alias|the program)$/.test(role.language);
}

function isOtherDocument(document: HereDoc, { reader }: FollowedScript): boolean {
  const command = reader.tree.parent(document);
  if (command?.type !== 'Command') return false;
  const language = inputLanguage(command, reader.tree, reader.names.nameOf(command));
  return language !== undefined && !/^(?:shell|ssh|the program)$/.test(language);
}

/** Whether a text names a variable that holds a value, a parameter that does, or a function. */
function namesValue(text: string, runs: readonly Run[], script: FollowedScript): boolean {
  const { reader } = script;
  const names: readonly string[] = text.match(/[A-Za-z_]\w*/g) ?? [];
  return names.some((name) => reader.functions.has(name)) || !valuesNamed(text, runs, script).isEmpty;
}

/** The values that a script reads, by what its text names. */
export function valuesNamed(text: string, runs: readonly Run[], { reader, graph }: FollowedScript): Flow {
  const flow = new Flow();
  for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
    const cell = `$${name}`;
    if (graph.values.of(cell).size > 0) flow.cells.add(cell);
  }
  if (!/\$(?:[\d@*]|\{[\d@*!])/.test(text)) return flow;
  flow.cells.add('@');
  for (const { behind } of runs) reader.all(behind, flow);
  return flow.cells.size === 1 && flow.holes.size === 0 && graph.values.of('@').size === 0 ? new Flow() : flow;
}

/** Whether a word is one variable, of which nothing is known. */
export function isUnknownText(word: Word, { reader }: FollowedScript): boolean {
  return variableIn(word) !== undefined && reader.assignments.constantsOf(word).length === 0;
}
