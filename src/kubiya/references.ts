import { literally } from '../text/literally.ts';
import { mapEntries, type YamlNode } from '../text/node.ts';
import { mapping, scalar, sequence } from './native.ts';

/** The names that a text of a workflow can use, as expressions: `args.x`, `env.x`, `steps.id.outputs.text`. */
export type Names = ReadonlyMap<string, string>;

const PATH = String.raw`(?:\.[A-Za-z_][\w-]*|\.\d+|\[\d+\])`;
const REFERENCE = new RegExp(String.raw`\$\{([A-Za-z_]\w*)(${PATH}*)\}|\$([A-Za-z_]\w*)`, 'g');
const WHOLE = new RegExp(`^(?:${REFERENCE.source})$`);

/** `${NAME.field}`, which no shell accepts; `${NAME[0]}` may be an array of the script itself. */
const FIELD = new RegExp(String.raw`\$\{([A-Za-z_]\w*)((?=\.)${PATH}+)\}`, 'g');

/** Replaces `${NAME}`, `${NAME.field}` and `$NAME` with expressions if the name is known; all else remains text. */
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
  const text = node.text.replace(REFERENCE, (written, braced?: string, path?: string, bare?: string) => {
    const expression = expressionOf(names, braced ?? bare, path);
    return expression === undefined ? written : `\${{ ${expression} }}`;
  });
  return scalar(text, node);
}

export function namesAny(text: string, names: Names): boolean {
  return [...text.matchAll(REFERENCE)].some(([, braced, , bare]) => names.has(braced ?? bare ?? ''));
}

/** The expression of a text that consists of one name, with an optional path. */
export function onlyName(text: string, names: Names): string | undefined {
  const [, braced, path, bare] = WHOLE.exec(text.trim()) ?? [];
  return expressionOf(names, braced ?? bare, path);
}

/** Step outputs, parameters and variables are texts: their fields are those of the JSON in the text. */
function expressionOf(names: Names, name = '', path = ''): string | undefined {
  const whole = names.get(name);
  if (whole === undefined || path === '') return whole;
  const members = path.replace(/\.(\d+)/g, '[$1]');
  return whole === 'item' ? `${whole}${members}` : `fromJSON(${whole})${members}`;
}

/** A script with each `${NAME.field}` replaced by a variable. */
export interface ScriptWithFields {
  readonly text: string;
  /** Variable -> expression. */
  readonly variables: ReadonlyMap<string, string>;
  /** The fields that a shell would not fill. */
  readonly quoted: readonly string[];
}

export function fieldsAsVariables(script: string, names: Names): ScriptWithFields {
  const variables = new Map<string, string>();
  const quoted: string[] = [];
  const literal = literalPlaces(script);
  const text = script.replace(FIELD, (written: string, name: string, path: string, at: number) => {
    const expression = expressionOf(names, name, path);
    if (expression === undefined) return written;
    if (literal[at]) quoted.push(written);
    const variable = freeVariable(`${name}${path.replace(/\W+/g, '_')}`, script);
    variables.set(variable, expression);
    return `\${${variable}}`;
  });
  return { text, variables, quoted };
}

function freeVariable(wanted: string, script: string): string {
  const variable = wanted.replace(/_$/, '').slice(0, 100);
  return new RegExp(`\\b${literally(variable)}\\b`).test(script) ? freeVariable(`${variable}_0`, script) : variable;
}

/** For each place of a shell script, whether it is in single quotes or after the start of a quoted here-document. */
function literalPlaces(script: string): boolean[] {
  const document = /<<-?[ \t]*['"\\]/.exec(script)?.index ?? script.length;
  const open: string[] = [];
  const places: boolean[] = [];
  for (let at = 0; at < script.length; at++) {
    const inner = open.at(-1);
    places[at] = inner === "'" || at > document;
    const next = script[at] ?? '';
    if (inner === "'") {
      if (next === "'") open.pop();
    } else if (next === '\\') places[++at] = true;
    else if (next === '"') inner === '"' ? open.pop() : open.push('"');
    else if (next === '(' && (inner !== '"' || script[at - 1] === '$')) open.push('(');
    else if (next === ')' && inner === '(') open.pop();
    else if (next === "'" && inner !== '"') open.push("'");
    else if (next === '#' && inner !== '"' && /(?:^|\s)$/.test(script.slice(Math.max(0, at - 1), at))) {
      const end = script.indexOf('\n', at);
      at = end === -1 ? script.length : end;
    }
  }
  return places;
}
