import type { Range } from './source.ts';

/** A YAML value with its position. Plain data: no library type leaves document.ts. */
export type YamlNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: 'map';
  /** In written order; a `Map`, so that `__proto__` and `constructor` are ordinary keys. */
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly range: Range;
}

export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: YamlNode;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly range: Range;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as text: the string itself, or the number or boolean as it was written (`1.10`, not 1.1). */
  readonly text: string;
  readonly range: Range;
}

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Converts a node to JSON data, for validators and digests. Objects have no prototype. */
export function toJson(node: YamlNode): JsonValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toJson);
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const [key, entry] of node.entries) object[key] = toJson(entry.value);
  return object;
}

/** The node at a path of keys and indices, or the nearest one above it. */
export function nodeAt(root: YamlNode, path: readonly string[]): YamlNode {
  let node = root;
  for (const part of path) {
    const next =
      node.kind === 'map' ? node.entries.get(part)?.value : node.kind === 'list' ? node.items[Number(part)] : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

export function field(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The text of a scalar field; undefined where it is absent or not a scalar. */
export function textField(node: YamlNode | undefined, key: string): string | undefined {
  const found = field(node, key);
  return found?.kind === 'scalar' && found.value !== null ? found.text : undefined;
}

export function listItems(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

export function mapEntries(node: YamlNode | undefined): readonly [string, MapEntry][] {
  return node?.kind === 'map' ? [...node.entries] : [];
}

export function isJsonObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** JSON.parse reads any depth, but later code would run out of stack on a deeper value. */
export const DEEPEST = 64;

export function nestsTooDeeply(value: JsonValue, levels = DEEPEST): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((item: JsonValue) => nestsTooDeeply(item, levels - 1));
}
