import { isTrustedVariable } from '../../../names.ts';
import { CODE_FILE, languageOf, runsItsValue, runsNextWord } from '../programs/programs.ts';
import type { ParameterExpansionPart, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import { indexesNamedBy, workedOut, workedOutIndex, workedOutValue } from './arithmetic.ts';
import { ANY_VARIABLE } from './cells.ts';
import { limitCommand, limitFile } from './command-sinks.ts';
import { isIndirect } from './expansions.ts';
import { Flow } from './flow.ts';
import { ARITHMETIC, type FollowedScript, INDEX, NAMES_VARIABLE } from './followed-script.ts';
import { enterLooseTexts } from './loose-texts.ts';
import { limitOtherShells } from './other-shells.ts';
import { isOutput } from './redirections.ts';
import type { FlowReader } from './shell-flow.ts';
import { unquotedIn } from './starts.ts';

/** Variables that bash itself declares integers. */
const INTEGERS = /^(?:RANDOM|SRANDOM|SECONDS|LINENO|OPTIND|HISTCMD|BASHPID|BASH_SUBSHELL|PPID|EUID|UID)$/;

/** Variables of bash that decide what it runs. */
const OF_BASH = /^BASH_(?:CMDS|ALIASES|ARGV0|LOADABLES_PATH)$/;

type AssignmentNode = Extract<SyntaxNode, { type: 'Assignment' }>;

/** Where a value is read as more than text, whether its hole stands there or a variable brings it. */
export function limitSinks(script: FollowedScript): void {
  for (const node of script.reader.tree.nodes) {
    limitNode(node, script);
    if (script.kind === 'sh') limitOtherShells(node, script);
  }
  for (const cell of script.graph.values.cells) limitCell(cell, script);
  enterLooseTexts(script);
}

function limitNode(node: SyntaxNode, script: FollowedScript): void {
  const { reader, limits } = script;
  switch (node.type) {
    case 'ArithmeticWord':
      limits.limit(workedOut(node, node.value, script), 'integer', ARITHMETIC);
      break;
    case 'ArithmeticCommandExpansion':
      limits.limit(reader.of(node), 'integer', ARITHMETIC);
      break;
    case 'ParameterExpansion':
      limitExpansion(node, script);
      break;
    case 'Assignment':
      limitAssignment(node, script);
      break;
    case 'For':
    case 'Select':
      limitList(node.wordlist ?? [], script);
      break;
    case 'TestBinary':
      if (!/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator)) break;
      for (const word of [node.left, node.right])
        limits.limit(workedOut(word, word.text, script), 'integer', ARITHMETIC);
      break;
    case 'Command':
      limitCommand(node, script);
      break;
    default:
      limitOther(node, script);
  }
}

function limitOther(node: SyntaxNode, script: FollowedScript): void {
  const { reader, limits } = script;
  if (node.type === 'TestUnary' && /^-[vR]$/.test(node.operator)) limitName(node.operand, script);
  if (node.type === 'HereDoc' && node.body.text.startsWith('#!'))
    limits.limit(reader.of(node.body), 'integer', 'the document is a script');
  if (node.type === 'FileDescriptorVariable')
    limits.limit(workedOutIndex(reader.tree.textOf(node), script), 'integer', INDEX);
  if (node.type !== 'Redirect' || node.target === undefined || /^[<>]&$/.test(node.operator)) return;
  if (node.target.parts?.some(({ type }) => type === 'ProcessSubstitution')) return;
  limits.limit(reader.of(node.target), 'no-device', 'bash opens connections by such names');
  if (isOutput(node))
    limits.limitStart(reader.first(node.target), 'a program that gets the names of files would take it for an option');
}

function limitName(word: Word, script: FollowedScript): void {
  script.limits.limit(script.reader.of(word), 'never', NAMES_VARIABLE);
  script.limits.limit(workedOutIndex(word.text, script), 'integer', INDEX);
}

function limitAssignment(node: AssignmentNode, script: FollowedScript): void {
  const { name, index, value } = node;
  const { limits, reader } = script;
  if (script.declared.isList(name) && isArgument(node, reader))
    limits.limit(reader.of(value), 'no-list', 'a declaration evaluates a list');
  if (index !== undefined) limits.limit(workedOut(index, index.text, script), 'integer', INDEX);
  if (script.declared.isInteger(name))
    limits.limit(workedOutValue(value, script), 'integer', `${name} is declared an integer, which the shell evaluates`);
  if (value.type === 'Word' && /^(?:BASH_)?ENV$/.test(name)) limitFile(value, script);
  if (value.type !== 'ArrayValue') return;
  limitList(value.elements, script);
  limitElements(value.elements, script);
  if (isMap(node, reader)) return;
  for (const { text } of value.elements)
    if (/^\[[^\]]*\]\+?=/.test(text)) limits.limit(workedOutIndex(text, script), 'integer', INDEX);
}

/** `declare -A name=([key]=value)`: a key is a text. Elsewhere the declaration may not hold. */
function isMap(node: AssignmentNode, { tree }: FlowReader): boolean {
  const parent = tree.parent(node);
  return parent?.type === 'Command' && parent.args.some((arg) => /^-\w*A/.test(tree.literal(arg) ?? ''));
}

/** Of `declare`, not before a command. */
function isArgument(node: AssignmentNode, { tree }: FlowReader): boolean {
  const parent = tree.parent(node);
  return parent?.type === 'Command' && parent.args.includes(node);
}

/** What the shell splits there, it takes for names of files too. */
function limitList(words: readonly Word[], { reader, limits }: FollowedScript): void {
  for (const word of words)
    limits.limit(unquotedIn(word, reader), 'no-pattern', 'it is not quoted there', { direct: false });
}

/** An array may be the words of a command: `args=(exec pod -- sh -c "ls {{ }}")`. */
function limitElements(elements: readonly Word[], { reader, limits }: FollowedScript): void {
  const texts = elements.map((one) => reader.tree.literal(one) ?? '');
  const from = texts.findIndex((text) => languageOf(text) !== undefined);
  for (const [at, element] of elements.entries()) {
    const isRun =
      (from !== -1 && at > from) || runsItsValue('', element.text) || runsNextWord('git', texts[at - 1] ?? '');
    if (isRun) limits.limit(reader.of(element), 'run-text', 'it may be a word of a command that runs it');
  }
}

function limitExpansion(node: ParameterExpansionPart, script: FollowedScript): void {
  const { reader, limits } = script;
  const { index, operation, parameter } = node;
  if (index !== undefined && !/^[@*]$/.test(index.text))
    limits.limit(workedOut(index, index.text, script), 'integer', INDEX);
  if (operation?.type === 'Slice')
    for (const word of [operation.offset, operation.length])
      if (word !== undefined) limits.limit(workedOut(word, word.text, script), 'integer', ARITHMETIC);
  const named = new Flow();
  named.cells.add(/^[\d@*]+$/.test(parameter) ? reader.parameters(node) : `$${parameter}`);
  if (isIndirect(node)) {
    limits.limit(named, 'never', NAMES_VARIABLE);
    for (const cell of named.cells) limits.limit(indexesNamedBy(cell, script), 'integer', INDEX);
  }
  if (isIndirect(node)) named.cells.add(ANY_VARIABLE);
  if (operation?.type === 'Transform' && operation.operand.text === 'P')
    limits.limit(named, 'never', 'the shell expands it once more');
}

/** Variables and files that decide what other programs run. */
function limitCell(cell: string, { graph, limits, declared }: FollowedScript): void {
  const name = cell.slice(1);
  const isReference = cell.startsWith('$') && declared.isOpenReference(name);
  if (isReference)
    for (const hole of graph.values.of(cell)) limits.give(hole, { limit: 'never', because: NAMES_VARIABLE, by: cell });
  const isVariable = cell.startsWith('$') && (isTrustedVariable(name) || OF_BASH.test(name));
  if (cell.startsWith('$') && (declared.isInteger(name) || INTEGERS.test(name)))
    for (const hole of graph.values.of(cell))
      limits.give(hole, { limit: 'integer', because: `${name} is an integer, which the shell evaluates`, by: cell });
  const isProgram = cell.startsWith('/') && CODE_FILE.test(name);
  if (!isVariable && !isProgram) return;
  for (const hole of graph.values.of(cell))
    if (isVariable) limits.give(hole, { limit: 'never', because: `${name} decides what other programs run`, by: cell });
    else
      limits.give(hole, {
        limit: name.endsWith('.sql') ? 'plain' : 'integer',
        because: `it becomes part of the program ${name}`,
        by: cell,
      });
}
