import type { SyntaxNode } from '../syntax/shell-tree.ts';
import type { Flow } from './flow.ts';
import type { FlowGraph } from './flow-graph.ts';
import type { FlowReader } from './shell-flow.ts';

/** Programs that make any sign of letters: what they print has none of the signs of a value, and may have any other. */
const DECODES = /^(?:base(?:64|32|nc)|xxd|openssl|uudecode|gunzip|zcat|unxz|rev|iconv)$/;
/** Programs that may make a "-" of another sign. */
const TRANSLATES = /^(?:tr|g?sed|[gmn]?awk|jq|yq|perl|python[\d.]*|node|ruby|php|envsubst)$/;

/** Holes whose values a script changes by more than to take a part of them. */
export class ChangedValues {
  readonly decoded = new Set<number>();
  readonly translated = new Set<number>();

  constructor(reader: FlowReader, graph: FlowGraph) {
    for (const node of reader.tree.nodes) {
      const into = this.#setOf(node, reader);
      if (into === undefined) continue;
      const flow: Flow = node.type === 'Command' ? reader.input(node, reader.output(node)) : reader.of(node);
      for (const hole of graph.values.ofFlow(flow)) into.add(hole);
    }
  }

  #setOf(node: SyntaxNode, reader: FlowReader): Set<number> | undefined {
    if (node.type === 'ParameterExpansion') {
      if (node.operation?.type === 'Transform') return this.decoded;
      const mayMake = node.operation?.type === 'Replace' && /[-$`]/.test(node.operation.replacement?.text ?? '');
      return mayMake ? this.translated : undefined;
    }
    if (node.type !== 'Command') return undefined;
    const program = reader.names.programOf(node) ?? '';
    const texts = node.args.map(({ text }) => text);
    const isEscaped = program === 'echo' ? texts.some((text) => /^-\w*e/.test(text)) : false;
    if (DECODES.test(program) || isEscaped || (program === 'printf' && texts.some((text) => /%[^%]*b/.test(text))))
      return this.decoded;
    return TRANSLATES.test(program) && texts.some((text) => makesDash(text)) ? this.translated : undefined;
  }
}

/** Whether a program, or a set of `tr`, may hold a "-" or make one; `a-z` is a range. */
function makesDash(text: string): boolean {
  return !/^-\w+$/.test(text) && /-/.test(text.replace(/[A-Za-z0-9]-[A-Za-z0-9]/g, '').replace(/\[\^?[^\]]*\]/g, ''));
}
