import type { MapEntry, ScalarNode, YamlNode } from './node.ts';

/**
 * A node tree as compact JSON and back, for the cache of parsed files:
 * [0, start, end, value, text?] a scalar, [1, start, end, ...items] a list, [2, start, end, key, value, ...] a mapping.
 */
export function encodeNode(node: YamlNode): unknown[] {
  const { start, end } = node.range;
  if (node.kind === 'list') return [1, start, end, ...node.items.map(encodeNode)];
  if (node.kind === 'map')
    return [
      2,
      start,
      end,
      ...[...node.entries.values()].flatMap(({ key, value }) => [encodeNode(key), encodeNode(value)]),
    ];
  return node.text === plainText(node.value) ? [0, start, end, node.value] : [0, start, end, node.value, node.text];
}

/** @throws TypeError for data that `encodeNode` cannot produce: the cache is a file, and files can be damaged */
export function decodeNode(data: unknown): YamlNode {
  if (!Array.isArray(data)) throw new TypeError('not a node');
  const [tag, start, end, ...rest] = data as unknown[];
  if (typeof start !== 'number' || typeof end !== 'number') throw new TypeError('not a range');
  const range = { start, end };
  if (tag === 0) return { ...scalarOf(rest), range };
  if (tag === 1) return { kind: 'list', items: rest.map(decodeNode), range };
  if (tag !== 2 || rest.length % 2 !== 0) throw new TypeError('not a node');
  const entries = new Map<string, MapEntry>();
  for (let at = 0; at < rest.length; at += 2) {
    const key = decodeNode(rest[at]);
    if (key.kind !== 'scalar') throw new TypeError('not a key');
    entries.set(key.text, { key, value: decodeNode(rest[at + 1]) });
  }
  return { kind: 'map', entries, range };
}

function scalarOf([value, text]: readonly unknown[]): Omit<ScalarNode, 'range'> {
  if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new TypeError('not a value');
  return { kind: 'scalar', value, text: typeof text === 'string' ? text : plainText(value) };
}

function plainText(value: ScalarNode['value']): string {
  return value === null ? '' : String(value);
}
