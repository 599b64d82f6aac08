import type { Options, Token } from 'acorn';
import { InternalError } from '../../../errors.ts';
import { unicodeEscape } from '../../../text/visible.ts';
import type { HoleSpot, Marker } from '../template/marker.ts';
import type { LanguageSpot } from './python.ts';

let parser: typeof import('acorn') | undefined;

/** Has to have ended before a script of Node's is filled. */
export async function loadJavaScriptParser(): Promise<void> {
  parser ??= await import('acorn');
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Parsed {
  readonly tokens: readonly Token[];
  readonly comments: readonly Span[];
  /** Texts with a meaning of their own: tagged templates, names of modules, directives. */
  readonly special: readonly Span[];
}

/**
 * The holes of a JavaScript: within a text or a template a value becomes letters, digits, spaces and `\uXXXX`.
 * @returns null where the script cannot be read
 */
export function scriptSpots(text: string, marker: Marker): readonly LanguageSpot[] | null {
  const parsed = parsedAs('module', text) ?? parsedAs('script', text);
  return parsed === null ? null : marker.findAll(text).map((spot) => spotIn(text, spot, parsed));
}

function parsedAs(sourceType: 'module' | 'script', text: string): Parsed | null {
  if (parser === undefined) throw new InternalError('a script was met before its parser was loaded');
  const tokens: Token[] = [];
  const comments: Span[] = [];
  const options: Options = {
    ecmaVersion: 'latest',
    sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    onToken: tokens,
    onComment: (_block, _text, start, end) => {
      comments.push({ start, end });
    },
  };
  try {
    const special: Span[] = [];
    collectSpecial(parser.parse(text, options), special);
    return { tokens, comments, special };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

function collectSpecial(node: unknown, into: Span[]): void {
  if (Array.isArray(node)) for (const one of node) collectSpecial(one, into);
  else if (isNode(node)) {
    const { type, quasi, source, directive } = node;
    if (type === 'TaggedTemplateExpression' && isNode(quasi)) into.push(quasi);
    if (/^(?:Import|Export)/.test(type) && isNode(source)) into.push(source);
    if (directive !== undefined) into.push(node);
    for (const one of Object.values(node)) if (typeof one === 'object') collectSpecial(one, into);
  }
}

interface AnyNode extends Span {
  readonly type: string;
  readonly quasi?: unknown;
  readonly source?: unknown;
  readonly directive?: unknown;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}

function spotIn(text: string, spot: HoleSpot, { tokens, comments, special }: Parsed): LanguageSpot {
  const holds = (one: Span) => one.start <= spot.start && spot.end <= one.end;
  const refuse = (because: string): LanguageSpot => ({ ...spot, how: 'refuse', because });
  if (comments.some(holds)) return { ...spot, how: 'comment' };
  const token = tokens.find(holds);
  const kind = token?.type.label;
  if (token === undefined) return refuse('its place is not certain');
  if (kind === 'regexp') return refuse('it is in a regular expression');
  if (kind !== 'string' && kind !== 'template') {
    const isWhole = token.start === spot.start && token.end === spot.end;
    return isWhole ? { ...spot, how: 'code', write: (value) => value } : refuse('it would be part of a name');
  }
  if (special.some(holds)) return refuse('a tag, a module or a directive reads that text');
  const before = text.slice(Math.max(token.start, spot.start - LONGEST_ESCAPE), spot.start);
  if ((/\\*$/.exec(before)?.[0].length ?? 0) % 2 === 1 || OPEN_ESCAPE.test(before))
    return refuse('it follows a backslash');
  return { ...spot, how: 'text', write: scriptText };
}

const OPEN_ESCAPE = /\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|u\{[^}]*|[0-7]{1,2})$/i;
const LONGEST_ESCAPE = 80;

function scriptText(value: string): string {
  return value.replace(/[^A-Za-z0-9 ]/g, unicodeEscape);
}

export function scriptQuoted(value: string): string {
  return `"${scriptText(value)}"`;
}
