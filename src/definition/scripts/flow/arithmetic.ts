import type { SyntaxNode } from '../syntax/shell-tree.ts';
import { Flow } from './flow.ts';
import type { FollowedScript } from './followed-script.ts';
import { namesIn } from './names-in.ts';

type AssignedValue = Extract<SyntaxNode, { type: 'Word' | 'ArrayValue' }>;

/** What arithmetic reads: a bare word there is a variable, and what that holds is evaluated in turn. */
export function workedOut(node: SyntaxNode, text: string, script: FollowedScript): Flow {
  const { reader } = script;
  const flow = reader.of(node);
  // A length is a number.
  for (const name of namesIn(text.replace(/\$\{#[^}]*\}/g, ''))) addVariable(name, flow, script);
  if (/\$\{?[\d@*]/.test(text)) flow.cells.add(reader.parameters(node));
  return followed(flow, script);
}

/** The same of a value that is assigned. */
export function workedOutValue(value: AssignedValue, script: FollowedScript): Flow {
  const words = value.type === 'Word' ? [value] : value.elements;
  return workedOut(value, words.map(({ text }) => text).join(' '), script);
}

/** What the index reads of a word that names a variable, `unset 'list[n]'`: no other part of it is evaluated. */
export function workedOutIndex(text: string, script: FollowedScript): Flow {
  const [, index = ''] = /\[(.*)\]/s.exec(text) ?? [];
  const flow = new Flow();
  for (const name of namesIn(index)) addVariable(name, flow, script);
  return followed(flow, script);
}

/** What the indexes read of a variable that holds the name of another. */
export function indexesNamedBy(cell: string, script: FollowedScript): Flow {
  const flow = new Flow();
  for (const name of script.graph.names.of(cell))
    if (name.startsWith('[')) for (const named of script.graph.named(name)) flow.cells.add(named);
  return followed(flow, script);
}

function addVariable(name: string, flow: Flow, { reader, graph }: FollowedScript): void {
  if (name.includes('*')) for (const cell of graph.named(name)) flow.cells.add(cell);
  else if (!reader.tree.marker.isIn(name)) for (const cell of reader.variable(name)) flow.cells.add(cell);
}

/** With the variables that its cells name; a set that grows is read to its end. */
function followed(flow: Flow, { graph }: FollowedScript): Flow {
  for (const cell of flow.cells)
    for (const name of graph.names.of(cell)) for (const named of graph.named(name)) flow.cells.add(named);
  return flow;
}
