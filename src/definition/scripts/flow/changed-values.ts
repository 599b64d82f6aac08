import type { Command } from '../syntax/shell-tree.ts';
import type { Flow } from './flow.ts';
import type { FlowGraph } from './flow-graph.ts';
import type { FlowReader } from './shell-flow.ts';

/** Programs that make any sign of letters: what they print has none of the signs of a value, and may have any other. */
const DECODES = /^(?:base(?:64|32|nc)|xxd|openssl|uudecode|gunzip|zcat|unxz|rev)$/;
/** Without these, some of them encode. */
const DECODING = /^-\w*[dDr]|^--(?:decode|revert)$/;

/** Programs that may make a "-" of another sign. */
const TRANSLATES = /^(?:tr|g?sed|[gmn]?awk|jq|yq|perl|python[\d.]*|node|ruby|php|envsubst)$/;

/** Holes whose values a script changes by more than to take a part of them. */
export class ChangedValues {
  readonly decoded = new Set<number>();
  readonly translated = new Set<number>();

  constructor(reader: FlowReader, graph: FlowGraph) {
    for (const node of reader.tree.nodes)
      if (node.type === 'Command') this.#ofCommand(node, reader, graph);
      else if (node.type === 'ParameterExpansion' && node.operation !== undefined) {
        const { type } = node.operation;
        if (type === 'Transform') addTo(this.decoded, reader.of(node), graph);
        else if (type === 'Replace' && /[-$`]/.test(node.operation.replacement?.text ?? ''))
          addTo(this.translated, reader.of(node), graph);
      }
  }

  #ofCommand(command: Command, reader: FlowReader, graph: FlowGraph): void {
    const program = reader.names.programOf(command) ?? '';
    const texts = command.args.map(({ text }) => text);
    if (DECODES.test(program) && (!/^(?:base|xxd|openssl)/.test(program) || texts.some((text) => DECODING.test(text))))
      addTo(this.decoded, reader.contents(command), graph);
    const expands = program === 'echo' ? /^-\w*e/ : program === 'printf' ? /%[^%]*b/ : undefined;
    if (texts.some((text) => expands?.test(text))) addTo(this.decoded, reader.all(command.args), graph);
    if (TRANSLATES.test(program) && texts.some(makesDash))
      addTo(this.translated, reader.input(command, reader.output(command)), graph);
  }
}

function addTo(holes: Set<number>, flow: Flow, graph: FlowGraph): void {
  for (const hole of graph.values.ofFlow(flow)) holes.add(hole);
}

/** Whether a program, or a set of `tr`, may hold a "-" or make one; `a-z` is a range. */
function makesDash(text: string): boolean {
  return !/^-\w+$/.test(text) && /-/.test(text.replace(/[A-Za-z0-9]-[A-Za-z0-9]/g, '').replace(/\[\^?[^\]]*\]/g, ''));
}
