import { data, Evaluator, type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions';
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from '@actions/expressions/ast';
import type { JsonValue } from '../text/node.ts';
import type { Location, Problem } from '../text/problem.ts';
import type { Range } from '../text/source.ts';
import { emptyExpression, syntaxFault, type Token, unknownContext, unknownFunction } from './expression-fault.ts';
import type { WrittenText } from './written-text.ts';

/** What expressions can name. `steps` holds `{outputs, status}` of ancestors; secrets are never among them. */
export const CONTEXTS = ['args', 'env', 'steps'] as const;

/** Functions on how the run stands; only an `if` may call them. */
export const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled'] as const;
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number];

const VALUE_FUNCTIONS = ['contains', 'startsWith', 'endsWith', 'format', 'join', 'toJSON', 'fromJSON', 'case'];
const FUNCTIONS = [...VALUE_FUNCTIONS, ...STATUS_FUNCTIONS];

/** The values an expression is worked out over. Objects must have no prototype or be plain. */
export interface Scope {
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: Readonly<
    Record<string, { readonly outputs: Readonly<Record<string, string>>; readonly status: string }>
  >;
  readonly status: Readonly<Record<StatusFunction, boolean>>;
}

/** `args.repo` -> path `['args', 'repo']`; a path ends where an index is worked out at run time or is `*`. */
export interface Reference {
  readonly path: readonly string[];
  readonly range: Range;
}

export interface StatusCall {
  readonly name: StatusFunction;
  readonly range: Range;
}

/** A `${{ }}` expression of GitHub Actions' language, read and ready. */
export interface Expression {
  readonly text: string;
  readonly at: Location;
  readonly references: readonly Reference[];
  readonly statusFunctions: readonly StatusCall[];
  /** The place of a reference or of a call within it. */
  place(part: { readonly range: Range }): Location;
  /** @throws EvaluationError */
  evaluate(scope: Scope): JsonValue;
}

/** Says where; never quotes a value, because an output may be private. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** Reads one expression. */
export function parseExpression(written: WrittenText): Expression | Problem {
  const { text, at } = written;
  if (text.trim() === '') return emptyExpression(written);
  let tokens: readonly LexedToken[] = [];
  try {
    tokens = lex(text);
    const unknown = tokens.find(isUnknownFunction);
    if (unknown !== undefined) return unknownFunction(unknown, FUNCTIONS, written);
    const ast = new Parser(
      tokens.map(({ token }) => token),
      [...CONTEXTS],
      STATUS_SIGNATURES,
    ).parse();
    const survey = new Survey(tokens);
    survey.walk(ast);
    return {
      text,
      at,
      references: survey.references,
      statusFunctions: survey.statusCalls,
      place: ({ range }) => written.part(range),
      evaluate: (scope) => evaluate(ast, scope, text),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const culprit = tokens.find(({ token }) => error instanceof ExpressionError && token === Reflect.get(error, 'tok'));
    if (culprit !== undefined && /^Unrecognized named-value/.test(error.message))
      return unknownContext(culprit, CONTEXTS, written);
    return syntaxFault(error.message, culprit, tokens, written);
  }
}

const STATUS_SIGNATURES = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));

type LibraryToken = ReturnType<Lexer['lex']>['tokens'][number];

interface LexedToken extends Token {
  readonly token: LibraryToken;
}

/** The library counts lines and columns, and loses count within texts of several lines; offsets are found here. */
function lex(text: string): LexedToken[] {
  let end = 0;
  return new Lexer(text).lex().tokens.map((token) => {
    const start = text.indexOf(token.lexeme, end);
    end = start + token.lexeme.length;
    // It also reads only the first '' of a text as a quote.
    if (token.lexeme.startsWith("'")) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
    return { token, lexeme: token.lexeme, range: { start, end } };
  });
}

/** The library finds `constructor(...)` on its table's prototype, so names are held against our own list first. */
function isUnknownFunction({ lexeme }: Token, index: number, tokens: readonly Token[]): boolean {
  if (tokens[index + 1]?.lexeme !== '(' || !/^[A-Za-z_]/.test(lexeme) || tokens[index - 1]?.lexeme === '.')
    return false;
  return !FUNCTIONS.some((name) => name.toLowerCase() === lexeme.toLowerCase());
}

/** Collects what an expression names. */
class Survey {
  readonly references: Reference[] = [];
  readonly statusCalls: StatusCall[] = [];
  readonly #tokens: readonly LexedToken[];

  constructor(tokens: readonly LexedToken[]) {
    this.#tokens = tokens;
  }

  walk(node: Expr): void {
    if (node instanceof ContextAccess) this.#refer([node.name.lexeme], node.name, node.name);
    else if (node instanceof IndexAccess) this.#index(node);
    else if (node instanceof Unary) this.walk(node.expr);
    else if (node instanceof Grouping) this.walk(node.group);
    else if (node instanceof Binary) for (const side of [node.left, node.right]) this.walk(side);
    else if (node instanceof Logical) for (const arg of node.args) this.walk(arg);
    else if (node instanceof FunctionCall) this.#call(node);
  }

  #index(node: IndexAccess): void {
    let path: string[] = [];
    let last: LibraryToken | undefined;
    let at: Expr = node;
    while (at instanceof IndexAccess) {
      if (at.index instanceof Literal) {
        path.unshift(at.index.literal.coerceString());
        last ??= at.index.token;
      } else {
        path = [];
        last = undefined;
        this.walk(at.index);
      }
      at = at.expr;
    }
    if (at instanceof ContextAccess) this.#refer([at.name.lexeme, ...path], at.name, last ?? at.name);
    else this.walk(at);
  }

  #call(node: FunctionCall): void {
    const written = node.functionName.lexeme.toLowerCase();
    const name = STATUS_FUNCTIONS.find((one) => one === written);
    if (name !== undefined) this.statusCalls.push({ name, range: this.#rangeOf(node.functionName) });
    for (const arg of node.args) this.walk(arg);
  }

  #refer(path: readonly string[], first: LibraryToken, last: LibraryToken): void {
    const end = this.#tokens.findIndex(({ token }) => token === last);
    const closing = last !== first && this.#tokens[end - 1]?.lexeme === '[' ? end + 1 : end;
    const range = { start: this.#rangeOf(first).start, end: this.#tokens[closing]?.range.end ?? 0 };
    this.references.push({ path, range });
  }

  #rangeOf(wanted: LibraryToken): Range {
    return this.#tokens.find(({ token }) => token === wanted)?.range ?? { start: 0, end: 0 };
  }
}

/** In place of the library's own, which lose keys such as `constructor` and `__proto__` (see `toData`). */
const JSON_FUNCTIONS = [
  {
    name: 'fromJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[text]: data.ExpressionData[]) => toData(JSON.parse(text?.coerceString() ?? '') as JsonValue),
  },
  {
    name: 'toJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[value]: data.ExpressionData[]) => new data.StringData(JSON.stringify(fromData(value), null, 2)),
  },
];

function evaluate(ast: Expr, scope: Scope, text: string): JsonValue {
  const status = STATUS_SIGNATURES.map((one) => ({ ...one, call: () => new data.BooleanData(scope.status[one.name]) }));
  const functions = new Map([...JSON_FUNCTIONS, ...status].map((one) => [one.name.toLowerCase(), one]));
  const context = new data.Dictionary(
    { key: 'args', value: toData(scope.args) },
    { key: 'env', value: toData(scope.env) },
    { key: 'steps', value: toData(scope.steps as unknown as JsonValue) },
  );
  try {
    return fromData(new Evaluator(ast, context, functions).evaluate());
  } catch {
    throw new EvaluationError(`the expression \${{ ${text.trim()} }} cannot be worked out`);
  }
}

function toData(value: JsonValue | Readonly<Record<string, JsonValue>>): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) {
    const list = new data.Array();
    for (const item of value) list.add(toData(item));
    return list;
  }
  // The library keeps its index in a plain object, where a key such as `constructor` would count as there already.
  const dictionary = new data.Dictionary();
  Object.defineProperty(dictionary, 'indexMap', { value: Object.create(null) });
  for (const [key, item] of Object.entries(value)) dictionary.add(key, toData(item as JsonValue));
  return dictionary;
}

function fromData(value: data.ExpressionData | undefined): JsonValue {
  if (value instanceof data.StringData || value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return Number.isFinite(value.value) ? value.value : null;
  if (value instanceof data.Array) return value.values().map(fromData);
  if (!(value instanceof data.Dictionary)) return null;
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const { key, value: item } of value.pairs()) object[key] = fromData(item);
  return object;
}
