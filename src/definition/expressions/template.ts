import type { JsonValue, ScalarNode, YamlNode } from '../../text/node.ts';
import { type Location, type Problem, problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { type Expression, parseExpression, type Scope } from './expression.ts';
import { inexactNumbers } from './inexact-numbers.ts';
import { OPEN, type TextUse, writtenExpression, writtenValue } from './written-text.ts';

const CLOSE = '}}';

/** A text that may hold `${{ }}` expressions, cut into plain pieces and expressions. */
export interface Template {
  readonly parts: readonly (string | Expression)[];
  /** An expression in the text could not be read, and is left out. */
  readonly broken?: true;
  readonly at: Location;
  /** The location of the text's key, where the text is one of many. */
  readonly key?: Location;
}

/** Whether the template is plain text, without an expression. */
export function isPlainText({ parts, broken }: Template): boolean {
  return broken !== true && parts.every((part) => typeof part === 'string');
}

/** The location of the template's key, or of its text where it has no key. */
export function placeOf({ key, at }: Template): Location {
  return key ?? at;
}

/** JSON-like data whose texts are templates: the values of `with`. */
export type TemplateData =
  | Template
  | number
  | boolean
  | null
  | readonly TemplateData[]
  | ReadonlyMap<string, TemplateData>;

/** Never fails: an expression that cannot be read is reported and left out. */
export function parseTemplate(node: ScalarNode, source: SourceFile, problems: Problem[], use?: TextUse): Template {
  const { text } = node;
  const parts: (string | Expression)[] = [];
  const before = problems.length;
  let position = 0;
  for (let open = text.indexOf(OPEN); open !== -1; open = text.indexOf(OPEN, position)) {
    const inner = { start: open + OPEN.length, end: expressionEnd(text, open + OPEN.length) };
    if (inner.end === -1) {
      problems.push(neverClosed(node, source, open));
      break;
    }
    if (open > position) parts.push(text.slice(position, open));
    position = inner.end + CLOSE.length;
    const expression = parseExpression(writtenExpression(node, source, { open, inner, end: position }, use));
    if ('code' in expression) problems.push(expression);
    else parts.push(expression);
  }
  if (position < text.length || parts.length === 0) parts.push(text.slice(position));
  return { parts, ...(problems.length > before && { broken: true }), at: { source, range: node.range } };
}

export const NEVER_CLOSED = 'an expression is opened by ${{ and never closed';

function neverClosed(node: ScalarNode, source: SourceFile, open: number): Problem {
  const { text } = node;
  const inner = { start: open + OPEN.length, end: text.length };
  const hasEnd = text.indexOf(CLOSE, inner.start) !== -1;
  return problem('expression/syntax', NEVER_CLOSED, {
    at: writtenExpression(node, source, { open, inner, end: text.length }).at,
    hint: hasEnd ? "its }} is inside a text: close the text with '" : 'close it with }}',
  });
}

/** The condition of an `if`: one expression, with or without `${{ }}` around it. */
export function parseCondition(node: ScalarNode, source: SourceFile, problems: Problem[]): Expression | undefined {
  const bare = !node.text.includes(OPEN);
  if (bare) {
    const expression = parseExpression(writtenValue(node, source));
    if (!('code' in expression)) return expression;
    problems.push(expression);
    return undefined;
  }
  return parseWhole(node, source, problems, {
    message: 'a condition is one expression and nothing around it',
    hint: 'write the whole condition between ${{ and }}',
  });
}

/** Parses a text that is one expression in `${{ }}`, as in `forEach`. @param refusal the message for any other text */
export function parseWhole(
  node: ScalarNode,
  source: SourceFile,
  problems: Problem[],
  refusal: { readonly message: string; readonly hint: string },
): Expression | undefined {
  const before = problems.length;
  const template = parseTemplate(node, source, problems);
  if (problems.length > before) return undefined;
  const [only, ...rest] = template.parts;
  if (only !== undefined && typeof only !== 'string' && rest.length === 0) return only;
  problems.push(problem('expression/syntax', refusal.message, { at: template.at, hint: refusal.hint }));
  return undefined;
}

/** @param argument the argument of a call whose value this is, or is a part of */
export function parseTemplateData(
  node: YamlNode,
  source: SourceFile,
  problems: Problem[],
  argument: string,
): TemplateData {
  const parse = (value: YamlNode) => parseTemplateData(value, source, problems, argument);
  if (node.kind === 'list') return node.items.map(parse);
  if (node.kind === 'map') return new Map([...node.entries].map(([key, { value }]) => [key, parse(value)]));
  if (typeof node.value === 'string') return parseTemplate(node, source, problems, { argument });
  problems.push(...inexactNumbers(node, source));
  return node.value;
}

/** @throws EvaluationError */
export function renderText(template: Template, scope: Scope): string {
  return template.parts.map((part) => (typeof part === 'string' ? part : asText(part.evaluate(scope)))).join('');
}

/** A template that is one expression keeps its type; every other template is text. @throws EvaluationError */
export function renderData(value: TemplateData, scope: Scope): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => renderData(item, scope));
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, renderData(item, scope)]));
  const template = value as Template;
  const [only, ...rest] = template.parts;
  return only !== undefined && typeof only !== 'string' && rest.length === 0
    ? only.evaluate(scope)
    : renderText(template, scope);
}

export function templatesOf(value: TemplateData): Template[] {
  if (value === null || typeof value !== 'object') return [];
  if (isList(value)) return value.flatMap(templatesOf);
  if (value instanceof Map) return [...value.values()].flatMap(templatesOf);
  return [value as Template];
}

export function expressionsOf(value: TemplateData): Expression[] {
  return templatesOf(value).flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string'));
}

/** Whether the value is literal: it has no expression and nothing that looks like an expression. */
export function isLiteral(value: TemplateData): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (isList(value)) return value.every(isLiteral);
  if (value instanceof Map) return [...value.values()].every(isLiteral);
  const { parts, broken } = value as Template;
  return broken === undefined && parts.every((part) => typeof part === 'string');
}

/** A value as text, and as the value of a variable: arrays and objects as JSON, null as an empty text. */
export function asText(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function isTemplate(value: TemplateData): value is Template {
  return value !== null && typeof value === 'object' && !isList(value) && !(value instanceof Map);
}

function isList(value: TemplateData): value is readonly TemplateData[] {
  return Array.isArray(value);
}

/** Where `}}` closes the expression that starts at `from`; a `}}` within quotes does not. */
function expressionEnd(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith(CLOSE, at)) return at;
  }
  return -1;
}
