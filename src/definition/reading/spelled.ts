import { type JsonValue, mapEntries, type YamlNode } from '../../text/node.ts';

/**
 * A tool as digests cover it: every key of the tool, its arguments and its steps except `description`, which changes
 * nothing that runs.
 */
export function spelledTool(root: YamlNode): JsonValue {
  return spelledKeys(root, {
    args: (args) => spelledKeys(args, {}, spelledBody),
    steps: (steps) => (steps.kind === 'list' ? ['list', ...steps.items.map(spelledBody)] : spelled(steps)),
    description: () => null,
  });
}

/** An agent as digests cover it: every key except `description`. */
export function spelledAgent(root: YamlNode): JsonValue {
  return spelledBody(root);
}

/** The spelling of an agent, an argument or a step. */
function spelledBody(node: YamlNode): JsonValue {
  return spelledKeys(node, { description: () => null });
}

/**
 * Values with their types and, where they are not text, their spelling: a step sees `1.10` and `1.1` as different texts.
 * Different values never look alike: a text is itself, a mapping an object, and any other value a list that
 * begins with its kind.
 */
function spelled(node: YamlNode): JsonValue {
  if (node.kind === 'list') return ['list', ...node.items.map(spelled)];
  if (node.kind === 'map') return spelledKeys(node, {});
  if (typeof node.value === 'string') return node.value;
  return [node.value === null ? 'null' : typeof node.value, node.text];
}

type Spell = (node: YamlNode) => JsonValue;

/** @param special how the values of these keys are spelled; a key whose value is null is left out */
function spelledKeys(node: YamlNode, special: Readonly<Record<string, Spell>>, spell: Spell = spelled): JsonValue {
  if (node.kind !== 'map') return spelled(node);
  // No prototype, so that `__proto__` is a key like any other.
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const [key, { value }] of mapEntries(node)) {
    const form = (Object.hasOwn(special, key) ? special[key] : spell)?.(value) ?? null;
    if (form !== null) object[key] = form;
  }
  return object;
}
