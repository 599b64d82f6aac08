import { keepsDigits } from '../../text/exact-json.ts';
import type { YamlNode } from '../../text/node.ts';
import { type Problem, problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';

/** Numbers that would change when they become data. A number that becomes text, as in `env`, stays as written. */
export function inexactNumbers(node: YamlNode, source: SourceFile): Problem[] {
  if (node.kind === 'list') return node.items.flatMap((item) => inexactNumbers(item, source));
  if (node.kind === 'map') return [...node.entries.values()].flatMap(({ value }) => inexactNumbers(value, source));
  if (typeof node.value !== 'number' || !Number.isFinite(node.value) || keepsDigits(node.text, node.value)) return [];
  return [
    problem('schema/type', 'this number has more digits than a number keeps', {
      at: { source, range: node.range },
      hint: `write it in quotes, "${node.text}", and declare \`type: string\``,
    }),
  ];
}
