import { FlowGraph } from './flow-graph.ts';
import { Flow, FlowReader, fileCell, isInput, isOutput } from './shell-flow.ts';
import { type Command, ShellTree, type SyntaxNode, type Word } from './shell-tree.ts';

/** Follows values through a script: assignments, loops, `read`, parameters, pipes, files, what functions print. */
export function followValues(reader: FlowReader): FlowGraph {
  const graph = new FlowGraph();
  const everything = new Flow();
  for (const { hole } of reader.tree.marker.findAll(reader.tree.text)) everything.holes.add(hole);
  graph.add('$_', everything);
  for (const node of reader.tree.nodes) addEdges(node, reader, graph);
  return graph;
}

function addEdges(node: SyntaxNode, reader: FlowReader, graph: FlowGraph): void {
  switch (node.type) {
    case 'Assignment': {
      const words = node.value.type === 'ArrayValue' ? node.value.elements : [node.value];
      graph.add(`$${node.name}`, reader.of(node.value), node.append ? undefined : starts(words, reader));
      break;
    }
    case 'For':
    case 'Select':
      if (node.wordlist === undefined) graph.add(`$${node.name.text}`, cellsOf(reader.parameters(node)));
      else graph.add(`$${node.name.text}`, reader.all(node.wordlist), starts(node.wordlist, reader));
      break;
    case 'ParameterExpansion':
      if (node.operation?.type === 'Default' && node.operation.operator.endsWith('='))
        graph.add(`$${node.parameter}`, reader.of(node.operation.operand));
      break;
    case 'TestBinary':
      // What a pattern finds in a text.
      if (node.operator === '=~') graph.add('$BASH_REMATCH', reader.of(node.left));
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
      for (const redirect of node.redirects)
        if (redirect.type === 'Redirect' && isOutput(redirect) && redirect.target !== undefined)
          graph.add(fileCell(redirect.target), reader.output(node.command));
      break;
    case 'Command':
      addCommand(node, reader, graph);
      break;
    default:
  }
}

function addCommand(command: Command, reader: FlowReader, graph: FlowGraph): void {
  const name = reader.tree.literal(command.name);
  for (const redirect of command.redirects)
    if (redirect.type === 'Redirect' && isOutput(redirect) && redirect.target !== undefined)
      graph.add(fileCell(redirect.target), reader.output(command));
  if (name === undefined) return;
  const words = command.args.filter((arg) => arg.type === 'Word');
  if (/^(?:eval|trap)$/.test(name)) addEvaluated(command, reader, graph);
  if (reader.functions.has(name)) {
    graph.add(`@${name}`, reader.all(command.args), starts(words, reader));
    graph.add(`@${name}!`, reader.all(command.args.slice(0, 1)));
    graph.add(`<${name}`, reader.input(command));
  } else if (name === 'set') {
    graph.add(reader.parameters(command), reader.all(words), starts(words, reader));
    graph.add(`${reader.parameters(command)}!`, reader.all(words));
  } else if (name === 'exec')
    for (const redirect of command.redirects.filter(isInput)) graph.add('<', reader.redirected(redirect));
  else if (/^(?:read|mapfile|readarray)$/.test(name)) addRead(command, words, reader, graph);
  else if (name === 'printf' && words[0]?.text === '-v') graph.add(`$${words[1]?.text}`, reader.all(words.slice(2)));
  else if (name === 'getopts') addOptions(command, words, reader, graph);
  else if (/^(?:declare|typeset|local)$/.test(name)) addAliases(command, graph);
  else addFiles(command, words, reader, graph);
}

/** What `eval 'x=$y'` assigns, it assigns here. */
function addEvaluated(command: Command, reader: FlowReader, graph: FlowGraph): void {
  const text = command.args.map((arg) => reader.tree.literal(arg) ?? '').join(' ');
  const tree = new ShellTree(text, reader.tree.marker);
  if (tree.fault !== undefined) return;
  const inner = new FlowReader(tree, `${command.pos}.`);
  for (const node of tree.nodes)
    if (node.type !== 'Command' || !/^(?:eval|trap)$/.test(tree.literal(node.name) ?? '')) addEdges(node, inner, graph);
}

function addRead(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const flow = reader.input(command);
  for (const { text } of words) if (/^\w+$/.test(text)) graph.add(`$${text}`, flow);
  graph.add('$REPLY', flow);
  graph.add('$MAPFILE', flow);
}

/** `getopts OPTIONS NAME [WORDS]`. */
function addOptions(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const given = words.slice(2);
  const flow = given.length > 0 ? reader.all(given) : cellsOf(reader.parameters(command));
  graph.add('$OPTARG', flow);
  graph.add(`$${words[1]?.text}`, flow);
}

/** `declare -n one=other` makes them one. */
function addAliases(command: Command, graph: FlowGraph): void {
  if (!command.args.some((arg) => arg.type === 'Word' && /^-[A-Za-z]*n/.test(arg.text))) return;
  for (const arg of command.args) {
    if (arg.type !== 'Assignment' || arg.value.type !== 'Word') continue;
    graph.add(`$${arg.name}`, cellsOf(`$${arg.value.value}`));
    graph.add(`$${arg.value.value}`, cellsOf(`$${arg.name}`));
  }
}

function addFiles(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const program = reader.programOf(command);
  if (program === 'tee') for (const word of words) graph.add(fileCell(word), reader.output(command));
  const last = words.at(-1);
  if (last === undefined || !/^(?:cp|mv|install|ln)$/.test(program ?? '')) return;
  graph.add(fileCell(last), cellsOf(...words.slice(0, -1).map(fileCell)));
  graph.add(fileCell(last), reader.all(words.slice(0, -1)));
}

function starts(words: readonly Word[], reader: FlowReader): Flow {
  const flow = new Flow();
  for (const word of words) reader.first(word, flow);
  return flow;
}

function cellsOf(...cells: readonly string[]): Flow {
  const flow = new Flow();
  for (const cell of cells) flow.cells.add(cell);
  return flow;
}
