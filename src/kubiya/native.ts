import { parseDocuments } from '../text/document.ts';
import type { MapEntry, MapNode, ScalarNode, YamlNode } from '../text/node.ts';
import { type Range, SourceFile } from '../text/source.ts';

/** Nodes of a native definition; each keeps its place in the Kubiya text, so that problems point there. */

export function scalar(value: string | number | boolean, { range }: { readonly range: Range }): ScalarNode {
  return { kind: 'scalar', value, text: String(value), range };
}

/** Makes a mapping. Each key has the place of its value; entries without a value are omitted. */
export function mapping(
  at: { readonly range: Range },
  entries: readonly (readonly [string, YamlNode | undefined])[],
): MapNode {
  const written = new Map<string, MapEntry>();
  for (const [name, value] of entries) if (value !== undefined) written.set(name, { key: scalar(name, value), value });
  return { kind: 'map', entries: written, range: at.range };
}

export function sequence(at: { readonly range: Range }, items: readonly YamlNode[]): YamlNode {
  return { kind: 'list', items, range: at.range };
}

/** Undefined instead of an empty node. */
export function filled<T extends YamlNode>(node: T): T | undefined {
  const size = node.kind === 'map' ? node.entries.size : node.kind === 'list' ? node.items.length : 1;
  return size === 0 ? undefined : node;
}

/** Parses a text as JSON or YAML; the value has the place of the text. Undefined where it is neither. */
export function nodeInText(text: ScalarNode): YamlNode | undefined {
  const { documents, problems } = parseDocuments(new SourceFile('', text.text));
  const [only, ...others] = documents;
  return only === undefined || problems.length + others.length > 0 ? undefined : placedAt(only.root, text);
}

function placedAt(node: YamlNode, at: ScalarNode): YamlNode {
  if (node.kind === 'scalar') return { ...node, range: at.range };
  if (node.kind === 'list')
    return sequence(
      at,
      node.items.map((item) => placedAt(item, at)),
    );
  return mapping(
    at,
    [...node.entries].map(([key, { value }]) => [key, placedAt(value, at)] as const),
  );
}
