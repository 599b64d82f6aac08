import { isTrustedVariable } from '../../names.ts';
import { limitCommand } from './command-sinks.ts';
import { ARITHMETIC, type FollowedScript, INDEX, NAMES_VARIABLE } from './followed-script.ts';
import { CODE_FILE } from './programs.ts';
import { Flow, type FlowReader } from './shell-flow.ts';
import type { ParameterExpansionPart, SyntaxNode } from './shell-tree.ts';

/** Where a value is read as more than text, whether its hole stands there or a variable brings it. */
export function limitSinks(script: FollowedScript): void {
  for (const node of script.reader.tree.nodes) limitNode(node, script);
  for (const cell of script.graph.values.cells) limitCell(cell, script);
}

function limitNode(node: SyntaxNode, script: FollowedScript): void {
  const { reader, limits } = script;
  switch (node.type) {
    case 'ArithmeticWord':
      limits.limit(arithmetic(node, node.value, reader), 'integer', ARITHMETIC);
      break;
    case 'ParameterExpansion':
      limitExpansion(node, script);
      break;
    case 'Assignment':
      if (node.index !== undefined) limits.limit(arithmetic(node.index, node.index.text, reader), 'integer', INDEX);
      if (script.integers.has(node.name))
        limits.limit(
          reader.of(node.value),
          'integer',
          `${node.name} is declared an integer, which the shell works out`,
        );
      break;
    case 'TestBinary':
      if (!/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator)) break;
      for (const word of [node.left, node.right])
        limits.limit(arithmetic(word, word.text, reader), 'integer', ARITHMETIC);
      break;
    case 'TestUnary':
      if (/^-[vR]$/.test(node.operator)) limits.limit(reader.of(node.operand), 'never', NAMES_VARIABLE);
      break;
    case 'Command':
      limitCommand(node, script);
      break;
    default:
  }
}

function limitExpansion(node: ParameterExpansionPart, { reader, limits }: FollowedScript): void {
  const { index, operation, prefix, parameter } = node;
  if (index !== undefined && !/^[@*]$/.test(index.text))
    limits.limit(arithmetic(index, index.text, reader), 'integer', INDEX);
  if (operation?.type === 'Slice')
    for (const word of [operation.offset, operation.length])
      if (word !== undefined) limits.limit(arithmetic(word, word.text, reader), 'integer', ARITHMETIC);
  const named = new Flow();
  named.cells.add(/^[\d@*]+$/.test(parameter) ? reader.parameters(node) : `$${parameter}`);
  if (prefix === '!' && operation?.type !== 'Names') limits.limit(named, 'never', NAMES_VARIABLE);
  if (operation?.type === 'Transform' && operation.operand.text === 'P')
    limits.limit(named, 'never', 'the shell expands it once more');
}

/** In arithmetic a bare word is a variable. */
function arithmetic(node: SyntaxNode, text: string, reader: FlowReader): Flow {
  const flow = reader.of(node);
  for (const name of text.match(/[A-Za-z_]\w*/g) ?? []) if (!reader.tree.marker.isIn(name)) flow.cells.add(`$${name}`);
  if (/\$\{?[\d@*]/.test(text)) flow.cells.add(reader.parameters(node));
  return flow;
}

/** Variables and files that decide what other programs run. */
function limitCell(cell: string, { graph, limits }: FollowedScript): void {
  const name = cell.slice(1);
  const isVariable = cell.startsWith('$') && isTrustedVariable(name);
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
