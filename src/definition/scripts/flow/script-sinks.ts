import { isTrustedVariable } from '../../../names.ts';
import { CODE_FILE } from '../programs/programs.ts';
import type { ParameterExpansionPart, SyntaxNode } from '../syntax/shell-tree.ts';
import { indexesNamedBy, workedOut, workedOutIndex, workedOutValue } from './arithmetic.ts';
import { limitCommand } from './command-sinks.ts';
import { Flow } from './flow.ts';
import { ARITHMETIC, type FollowedScript, INDEX, NAMES_VARIABLE } from './followed-script.ts';

/** Variables that bash itself declares integers. */
const INTEGERS = /^(?:RANDOM|SRANDOM|SECONDS|LINENO|OPTIND|HISTCMD|BASHPID|BASH_SUBSHELL|PPID|EUID|UID)$/;

type AssignmentNode = Extract<SyntaxNode, { type: 'Assignment' }>;

/** Where a value is read as more than text, whether its hole stands there or a variable brings it. */
export function limitSinks(script: FollowedScript): void {
  for (const node of script.reader.tree.nodes) limitNode(node, script);
  for (const cell of script.graph.values.cells) limitCell(cell, script);
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
    case 'TestBinary':
      if (!/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator)) break;
      for (const word of [node.left, node.right])
        limits.limit(workedOut(word, word.text, script), 'integer', ARITHMETIC);
      break;
    case 'TestUnary':
      if (!/^-[vR]$/.test(node.operator)) break;
      limits.limit(reader.of(node.operand), 'never', NAMES_VARIABLE);
      limits.limit(workedOutIndex(node.operand.text, script), 'integer', INDEX);
      break;
    case 'Command':
      limitCommand(node, script);
      break;
    default:
  }
}

function limitAssignment({ name, index, value }: AssignmentNode, script: FollowedScript): void {
  const { limits } = script;
  if (index !== undefined) limits.limit(workedOut(index, index.text, script), 'integer', INDEX);
  if (script.integers.has(name))
    limits.limit(workedOutValue(value, script), 'integer', `${name} is declared an integer, which the shell works out`);
  if (value.type !== 'ArrayValue' || script.maps.has(name)) return;
  for (const { text } of value.elements)
    if (/^\[[^\]]*\]\+?=/.test(text)) limits.limit(workedOutIndex(text, script), 'integer', INDEX);
}

function limitExpansion(node: ParameterExpansionPart, script: FollowedScript): void {
  const { reader, limits } = script;
  const { index, operation, prefix, parameter } = node;
  if (index !== undefined && !/^[@*]$/.test(index.text))
    limits.limit(workedOut(index, index.text, script), 'integer', INDEX);
  if (operation?.type === 'Slice')
    for (const word of [operation.offset, operation.length])
      if (word !== undefined) limits.limit(workedOut(word, word.text, script), 'integer', ARITHMETIC);
  const named = new Flow();
  named.cells.add(/^[\d@*]+$/.test(parameter) ? reader.parameters(node) : `$${parameter}`);
  if (prefix === '!' && operation?.type !== 'Names') {
    limits.limit(named, 'never', NAMES_VARIABLE);
    for (const cell of named.cells) limits.limit(indexesNamedBy(cell, script), 'integer', INDEX);
  }
  if (operation?.type === 'Transform' && operation.operand.text === 'P')
    limits.limit(named, 'never', 'the shell expands it once more');
}

/** Variables and files that decide what other programs run. */
function limitCell(cell: string, { graph, limits, integers }: FollowedScript): void {
  const name = cell.slice(1);
  const isVariable = cell.startsWith('$') && isTrustedVariable(name);
  if (cell.startsWith('$') && (integers.has(name) || INTEGERS.test(name)))
    for (const hole of graph.values.of(cell))
      limits.give(hole, { limit: 'integer', because: `${name} is an integer, which the shell works out`, by: cell });
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
