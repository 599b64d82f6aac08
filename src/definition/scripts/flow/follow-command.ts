import { baseName } from '../../../util/paths.ts';
import { languageOf } from '../programs/programs.ts';
import { roughText } from '../syntax/cooked-text.ts';
import { type Command, ShellTree, type SyntaxNode, type Word } from '../syntax/shell-tree.ts';
import { ANY_FILE, ANY_VARIABLE, SOME_FILE, SOME_VARIABLE, STREAM } from './cells.ts';
import { firstWords } from './first-parameter.ts';
import { cellsOf, type Flow } from './flow.ts';
import type { FlowGraph } from './flow-graph.ts';
import { isInput, isNumbered } from './redirections.ts';
import { FlowReader } from './shell-flow.ts';
import { startOf } from './starts.ts';

type Follow = (node: SyntaxNode, reader: FlowReader, graph: FlowGraph) => void;

/**
 * Follows values through a command: into variables, parameters, files.
 * @param follow for the nodes of a script in its words
 */
export function followCommand(command: Command, reader: FlowReader, graph: FlowGraph, follow: Follow): void {
  const name = reader.tree.literal(command.name);
  const words = command.args.filter((arg) => arg.type === 'Word');
  if (name === undefined) {
    if (command.name !== undefined && reader.names.mayCallFunction(command.name))
      for (const one of reader.functions) callFunction(one, command, reader, graph);
    return;
  }
  if (/^(?:eval|trap)$/.test(name)) followEvaluated(command, reader, graph, follow);
  else if (languageOf(name) === 'shell') callNamed(command, reader, graph);
  if (reader.functions.has(NOT_FOUND)) callFunction(NOT_FOUND, command, reader, graph);
  if (reader.functions.has(name)) callFunction(name, command, reader, graph);
  else if (name === 'set') {
    graph.add(reader.parameters(command), reader.all(words), startOf(words, reader, true));
    graph.add(`${reader.parameters(command)}!`, reader.all(words));
  } else if (name === 'exec')
    for (const redirect of command.redirects.filter(isInput))
      graph.add(isNumbered(redirect) ? STREAM : '<', reader.redirected(redirect));
  else if (/^(?:read|mapfile|readarray)$/.test(name)) followRead(command, words, reader, graph);
  else if (name === 'printf' && words[0]?.text.startsWith('-v'))
    graph.add(
      words[0].text === '-v' ? variableNamed(words[1], reader) : variableNamed(words[0], reader, '-v'),
      reader.all(words.slice(1)),
    );
  else if (name === 'getopts') followOptions(command, words, reader, graph);
  else if (/^(?:declare|typeset|local|export|readonly)$/.test(name)) followDeclaration(command, reader, graph);
  else followFiles(command, words, reader, graph);
}

/** Bash calls it with the words of a command that it does not find. */
const NOT_FOUND = 'command_not_found_handle';

function callFunction(name: string, command: Command, reader: FlowReader, graph: FlowGraph): void {
  const words = command.args.filter((arg) => arg.type === 'Word');
  graph.add(`@${name}`, reader.all(command.args), startOf(words, reader, true));
  graph.add(`@${name}!`, reader.all(firstWords(name, command, reader)));
  graph.add(`<${name}`, reader.input(command));
}

/**
 * `export -f f; bash -c 'f "$1"' _ "$value"`: what the words hold may get to each function that they name, and to any where
 * the name is computed.
 */
function callNamed(command: Command, reader: FlowReader, graph: FlowGraph): void {
  const isAny = command.args.some((arg) => arg.type === 'Word' && /^\s*\w*1/.test(roughText(arg)));
  for (const name of reader.functions)
    if (isAny || command.args.some(({ text }) => text.includes(name))) callFunction(name, command, reader, graph);
}

/** What `eval 'x=$y'` assigns, it assigns here. */
function followEvaluated(command: Command, reader: FlowReader, graph: FlowGraph, follow: Follow): void {
  const text = command.args.map((arg) => reader.tree.literal(arg) ?? '').join(' ');
  const tree = new ShellTree(text, reader.tree.marker);
  callNamed(command, reader, graph);
  if (tree.fault !== undefined) return;
  const inner = new FlowReader(tree, `${command.pos}.`, reader);
  for (const node of tree.nodes)
    if (node.type !== 'Command' || !/^(?:eval|trap)$/.test(tree.literal(node.name) ?? '')) follow(node, inner, graph);
}

/**
 * @param word names it
 * @param option the part of the word before the name
 */
function variableNamed(word: Word | undefined, reader: FlowReader, option = ''): string {
  const name = reader.tree.literal(word)?.slice(option.length).replace(/\[.*/s, '');
  return name === undefined ? SOME_VARIABLE : `$${name}`;
}

function followRead(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const flow = reader.input(command);
  const texts = words.map((word) => reader.tree.literal(word));
  if (words.some(({ text }) => /^["']?-[A-Za-z]*u/.test(text))) flow.cells.add(STREAM);
  for (const word of words) graph.add(variableNamed(word, reader), flow, { whole: flow, part: flow });
  graph.add('$REPLY', flow, { whole: flow, part: flow });
  graph.add('$MAPFILE', flow, { whole: flow, part: flow });
  const callback = texts[texts.indexOf('-C') + 1];
  if (texts.includes('-C'))
    for (const name of reader.functions) if (callback?.includes(name) !== false) graph.add(`@${name}`, flow);
}

/** `getopts OPTIONS NAME [WORDS]`. */
function followOptions(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const given = words.slice(2);
  const flow = given.length > 0 ? reader.all(given) : cellsOf(reader.parameters(command));
  graph.add('$OPTARG', flow, { whole: flow, part: flow });
  graph.add(variableNamed(words[1], reader), flow);
}

/** `declare -n one=other` makes them one; `declare "$name=$value"` may set any variable. */
function followDeclaration(command: Command, reader: FlowReader, graph: FlowGraph): void {
  const isReference = command.args.some((arg) => arg.type === 'Word' && /^-[A-Za-z]*n/.test(arg.text));
  for (const arg of command.args) {
    if (arg.type === 'Word') {
      if (reader.tree.literal(arg) === undefined) graph.add(SOME_VARIABLE, reader.of(arg));
      continue;
    }
    if (!isReference || arg.value.type !== 'Word') continue;
    const other = reader.tree.literal(arg.value);
    graph.add(`$${arg.name}`, cellsOf(other === undefined ? ANY_VARIABLE : `$${other}`));
    graph.add(other === undefined ? SOME_VARIABLE : `$${other}`, cellsOf(`$${arg.name}`));
  }
}

function followFiles(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const program = reader.names.programOf(command) ?? '';
  const written = (word: Word) => reader.fileWritten(word);
  if (/^(?:tee|sponge)$/.test(program)) for (const word of words) graph.add(written(word), reader.input(command));
  followWriter(command, words, reader, graph);
  const last = words.at(-1);
  if (last === undefined || !/^(?:cp|mv|install|ln|rsync)$/.test(program)) return;
  graph.add(written(last), cellsOf(...words.slice(0, -1).flatMap((word) => reader.filesRead(word))));
  graph.add(written(last), reader.all(words.slice(0, -1)));
  if (words.some(({ text }) => /^(?:-|\/dev\/stdin)$/.test(text))) graph.add(written(last), reader.input(command));
}

/** `dd if=file of=file`, `sort -o file` */
function followWriter(command: Command, words: readonly Word[], reader: FlowReader, graph: FlowGraph): void {
  const texts = words.map((word) => reader.tree.literal(word));
  for (const [at, word] of words.entries()) {
    const option = /^["']?(?:of=|--output(?:-file)?=)/.exec(word.text)?.[0];
    if (option !== undefined) graph.add(fileNamed(texts[at]?.replace(/^[^=]*=/, '')), printedBy(command, reader));
    else if (/^(?:-\w*[oO]|--output(?:-file)?)$/.test(texts[at - 1] ?? '') && words[at - 1] !== undefined)
      graph.add(fileNamed(texts[at]), printedBy(command, reader));
  }
}

/** What a command passes on, with the file of `if=`. */
function printedBy(command: Command, reader: FlowReader): Flow {
  const flow = reader.input(command, reader.output(command));
  for (const arg of command.args) if (arg.type === 'Assignment' || arg.text.startsWith('if=')) flow.cells.add(ANY_FILE);
  return flow;
}

function fileNamed(name: string | undefined): string {
  return name === undefined ? SOME_FILE : `/${baseName(name)}`;
}
