import { mapEntries, type YamlNode } from '../../text/node.ts';
import { mapping, scalar, sequence } from './native.ts';

/** What a text of a workflow can name, as an expression: `args.x`, `env.x`, `steps.id.outputs.text`. */
export type Names = ReadonlyMap<string, string>;

const REFERENCE = /\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;

/** `${NAME}` and `$NAME` as expressions, where they name something; anything else stays text. */
export function withExpressions(node: YamlNode, names: Names): YamlNode {
  if (node.kind === 'list')
    return sequence(
      node,
      node.items.map((item) => withExpressions(item, names)),
    );
  if (node.kind === 'map')
    return mapping(
      node,
      mapEntries(node).map(([key, { value }]) => [key, withExpressions(value, names)] as const),
    );
  if (typeof node.value !== 'string') return node;
  const text = node.text.replace(REFERENCE, (written, braced?: string, bare?: string) => {
    const expression = names.get(braced ?? bare ?? '');
    return expression === undefined ? written : `\${{ ${expression} }}`;
  });
  return scalar(text, node);
}

/** The expression of a text that is one name and nothing else. */
export function onlyName(text: string, names: Names): string | undefined {
  const [, braced, bare] = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/.exec(text.trim()) ?? [];
  return names.get(braced ?? bare ?? '');
}
