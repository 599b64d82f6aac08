import type { Redirection, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import { EVERYTHING, STREAM } from './cells.ts';
import { cellsOf, Flow } from './flow.ts';
import { FlowGraph } from './flow-graph.ts';
import { followCommand } from './follow-command.ts';
import { isInput, isNumbered, isOutput } from './redirections.ts';
import type { FlowReader } from './shell-flow.ts';
import { startOf, startOfOutput } from './starts.ts';

/** Follows values through a script: assignments, loops, `read`, parameters, pipes, files, what functions print. */
export function followValues(reader: FlowReader): FlowGraph {
  const graph = new FlowGraph();
  const everything = new Flow();
  for (const { hole } of reader.tree.marker.findAll(reader.tree.text)) everything.holes.add(hole);
  graph.add(EVERYTHING, everything);
  for (const node of reader.tree.nodes) followNode(node, reader, graph);
  return graph;
}

function followNode(node: SyntaxNode, reader: FlowReader, graph: FlowGraph): void {
  switch (node.type) {
    case 'Assignment': {
      const words = node.value.type === 'ArrayValue' ? node.value.elements : [node.value];
      const start = startOf(words, reader, node.value.type === 'ArrayValue');
      // Of `x+=y` too: `x` may be empty, and an element is a word of its own.
      const flow = reader.of(node.value);
      if (node.append) for (const name of [...flow.names]) flow.names.add(`*${name}`);
      graph.add(`$${node.name}`, flow, start);
      break;
    }
    case 'For':
    case 'Select':
      if (node.wordlist === undefined) graph.add(`$${node.name.text}`, cellsOf(reader.parameters(node)));
      else graph.add(`$${node.name.text}`, reader.all(node.wordlist), startOf(node.wordlist, reader, true));
      break;
    case 'Function':
      graph.add(`>${node.name.text}`, reader.output(node.body));
      break;
    case 'Pipeline':
      for (const [index, command] of node.commands.slice(0, -1).entries()) {
        const to = reader.pipes.get(node.commands[index + 1] ?? command) ?? '<';
        graph.add(to, reader.output(command));
        graph.add(to, reader.input(command));
      }
      break;
    case 'Redirected':
      followOutput(node.redirects, node.command, reader, graph);
      break;
    case 'Command':
      followOutput(node.redirects, node, reader, graph);
      followCommand(node, reader, graph, followNode);
      break;
    default:
      followExpansion(node, reader, graph);
  }
}

function followExpansion(node: SyntaxNode, reader: FlowReader, graph: FlowGraph): void {
  switch (node.type) {
    case 'ParameterExpansion':
      if (node.operation?.type === 'Default' && node.operation.operator.endsWith('='))
        graph.add(`$${node.parameter}`, reader.of(node.operation.operand));
      break;
    case 'TestBinary':
      // What a pattern finds in a text.
      if (node.operator === '=~') graph.add('$BASH_REMATCH', reader.of(node.left));
      break;
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
    case 'ProcessSubstitution':
      if (node.script !== undefined)
        graph.add(reader.substitution(node), reader.output(node.script), startOfOutput(node.script, reader));
      break;
    default:
  }
}

function followOutput(
  redirects: readonly Redirection[],
  command: SyntaxNode,
  reader: FlowReader,
  graph: FlowGraph,
): void {
  const words = command.type === 'Command' ? command.args.filter((arg) => arg.type === 'Word') : [];
  const targets = redirects.flatMap((redirect) =>
    redirect.type === 'Redirect' && redirect.target !== undefined && isOutput(redirect) ? [redirect.target] : [],
  );
  // Behind `exec > file` whatever is printed goes there.
  const printed =
    command.type === 'Command' && reader.tree.literal(command.name) === 'exec'
      ? cellsOf(EVERYTHING)
      : reader.output(command);
  for (const target of targets) graph.add(reader.fileWritten(target), printed);
  if ([...targets, ...words].some(isStream)) {
    graph.add(STREAM, printed);
    graph.add(STREAM, reader.input(command));
  }
  if (redirects.some(goesToNumber)) graph.add(STREAM, printed);
  for (const redirect of redirects)
    if (isInput(redirect) && isNumbered(redirect)) graph.add(STREAM, reader.redirected(redirect));
}

function isStream({ parts = [] }: Word): boolean {
  return parts.some((part) => part.type === 'ProcessSubstitution' && part.operator === '>');
}

/** `>&3`, but neither `>&2` nor `>&-`. */
function goesToNumber(redirect: Redirection): boolean {
  return (
    redirect.type === 'Redirect' && redirect.operator === '>&' && !/^(?:[12]|-)$/.test(redirect.target?.text ?? '-')
  );
}
