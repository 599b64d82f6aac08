import type { Document } from '../text/document.ts';
import type { YamlNode } from '../text/node.ts';
import { type Problem, problem } from '../text/problem.ts';
import { OPEN } from './written-text.ts';

/** Places whose text would be taken as it stands, so that an expression there would silently not be one. */
const PLAIN_PLACES = {
  tool: /^(?:name|timeout|network|files\/.*|secrets\/.*|args\/[^/]+\/default(?:\/.*)?|steps\/\d+\/(?:id|shell|uses|timeout|network|output|(?:needs|retry|secrets|outputs)\/.*))$/,
  agent: /^(?:name|model|maxTurns|(?:tools|secrets|env)\/.*)$/,
};

/** Expressions where none is worked out. In prose (`description`, `instructions`) they are text like any other. */
export function misplacedExpressions(kind: keyof typeof PLAIN_PLACES, { root, source }: Document): Problem[] {
  if (!source.text.includes(OPEN)) return [];
  const found: Problem[] = [];
  visit(root, [], (path, node) => {
    if (node.kind !== 'scalar' || !node.text.includes(OPEN) || !PLAIN_PLACES[kind].test(path.join('/'))) return;
    found.push(
      problem('expression/position', `no expression is worked out in \`${path.findLast(isKey)}\``, {
        at: { source, range: node.range },
        hint:
          kind === 'agent'
            ? 'write the value itself; expressions are for tools'
            : 'write the value itself; expressions stand in `env`, `with`, `if`, `forEach`, `outputs`, `workdir` and `image`',
      }),
    );
  });
  return found;
}

function isKey(part: string): boolean {
  return !/^\d+$/.test(part);
}

function visit(node: YamlNode, path: readonly string[], see: (path: readonly string[], node: YamlNode) => void): void {
  see(path, node);
  if (node.kind === 'map') for (const [key, { value }] of node.entries) visit(value, [...path, key], see);
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) visit(item, [...path, String(index)], see);
}
