import { ITEM_VARIABLES, inputVariable } from '../../names.ts';
import type { Document } from '../../text/document.ts';
import type { ScalarNode, YamlNode } from '../../text/node.ts';
import { type Problem, problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { NO_SECRET, namedSecret } from './expression-fault.ts';
import { NEVER_CLOSED, parseTemplate, type Template } from './template.ts';
import { OPEN } from './written-text.ts';

/** Places whose text is used unchanged, so an expression there would silently do nothing. */
const PLAIN_PLACES = {
  tool: /^(?:name|timeout|network|files\/.*|secrets\/.*|args\/[^/]+\/default(?:\/.*)?|steps\/\d+\/(?:id|shell|uses|timeout|network|output|(?:needs|retry|secrets|outputs)\/.*))$/,
  agent: /^(?:name|model|maxTurns|(?:tools|secrets|env)\/.*)$/,
};

/** Expressions in places that do not evaluate them. In prose (`description`, `instructions`) they are ordinary text. */
export function misplacedExpressions(kind: keyof typeof PLAIN_PLACES, { root, source }: Document): Problem[] {
  if (!source.text.includes(OPEN)) return [];
  const found: Problem[] = [];
  visit(root, [], (path, node) => {
    if (node.kind !== 'scalar' || !node.text.includes(OPEN) || !PLAIN_PLACES[kind].test(path.join('/'))) return;
    found.push(
      problem('expression/position', `expressions are not evaluated in \`${path.findLast(isKey)}\``, {
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

/** Reports expressions in a script: a value that is pasted into a script becomes part of the program. */
export function expressionsInRun(node: ScalarNode, source: SourceFile, problems: Problem[]): Template | undefined {
  const { range } = node;
  const written = source.text.slice(range.start, range.end);
  const refused = [...written.matchAll(/\$\{\{.*?(?:\}\}|$)/gm)].map(({ 0: expression, index }) => {
    const start = range.start + index;
    return problem('expression/in-run', 'an expression inside `run` would be script injection', {
      at: { source, range: { start, end: start + expression.length } },
      hint: inRunHint(expression),
    });
  });
  if (refused.length === 0) return undefined;
  // The hint moves the expression to `env:`, so the expression has to be valid too.
  const faults: Problem[] = [];
  const pasted = parseTemplate(node, source, faults);
  problems.push(...refused, ...faults.filter(({ message }) => message !== NO_SECRET && message !== NEVER_CLOSED));
  return pasted;
}

function inRunHint(expression: string): string {
  const variable = variableFor(expression);
  if (variable !== undefined) return `use the variable instead: "$${variable}"`;
  const secret = namedSecret(expression);
  if (secret !== undefined) return `write "$${secret}", and list ${secret} under \`secrets:\``;
  const value = expression.endsWith('}}') ? `'${expression.replaceAll("'", "''")}'` : '...';
  return `set it under \`env:\` of the step (NAME: ${value}) and use "$NAME" in the script`;
}

/** The variable that already holds the value. */
function variableFor(expression: string): string | undefined {
  const [, context, name] = /^\$\{\{\s*(\w+)(?:\.([\w-]+))?\s*\}\}$/.exec(expression) ?? [];
  if (context === 'args' && name !== undefined) return inputVariable(name);
  if (context === 'env') return name;
  const [item, index] = ITEM_VARIABLES;
  if (name !== undefined) return undefined;
  return context === 'item' ? item : context === 'index' ? index : undefined;
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
