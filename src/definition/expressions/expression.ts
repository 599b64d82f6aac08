import { data, Evaluator, ExpressionError, Lexer, Parser } from '@actions/expressions';
import type { Expr } from '@actions/expressions/ast';
import type { JsonValue } from '../../text/node.ts';
import type { Location, Problem } from '../../text/problem.ts';
import type { Range } from '../../text/source.ts';
import { DataFault, type EndedStep, fromData, JSON_FUNCTIONS, stepsData, toData } from './expression-data.ts';
import { emptyExpression, syntaxProblemText, type Token, unknownContext, unknownFunction } from './expression-fault.ts';
import {
  type Call,
  type LexedToken,
  type Operand,
  type Reference,
  STATUS_FUNCTIONS,
  type StatusCall,
  type StatusFunction,
  Survey,
} from './expression-survey.ts';
import type { WrittenText } from './written-text.ts';

/**
 * The contexts that expressions can name. `steps` holds `{outputs, status}` of ancestors; `item` and `index` belong to
 * the step's own `forEach`. No context holds secrets.
 */
export const CONTEXTS = ['args', 'env', 'steps', 'item', 'index'] as const;

/** One item of a `forEach`, and its place in the list, from 0. */
export interface Item {
  readonly item: JsonValue;
  readonly index: number;
}

const VALUE_FUNCTIONS = ['contains', 'startsWith', 'endsWith', 'format', 'join', 'toJSON', 'fromJSON', 'case'];
const FUNCTIONS = [...VALUE_FUNCTIONS, ...STATUS_FUNCTIONS];

/** The values that an expression is evaluated with. Objects must have no prototype or be plain. */
export interface Scope {
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, EndedStep>>;
  readonly status: Readonly<Record<StatusFunction, boolean>>;
  /** Absent outside of a `forEach`. */
  readonly each?: Item;
}

/** What the status functions return while nothing has failed, or nothing has run yet. */
export const ALL_WELL: Scope['status'] = { success: true, failure: false, always: true, cancelled: false };

/** A parsed `${{ }}` expression in the language of GitHub Actions. */
export interface Expression {
  readonly text: string;
  readonly at: Location;
  readonly references: readonly Reference[];
  readonly statusFunctions: readonly StatusCall[];
  readonly calls: readonly Call[];
  /** The result, as far as the text of the expression decides it. */
  readonly result: Operand;
  /** The place of a reference or of a call within it. */
  place(part: { readonly range: Range }): Location;
  /** @throws EvaluationError */
  evaluate(scope: Scope): JsonValue;
}

/** The message names the place and never quotes a value, because an output may be private. */
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
    const result = survey.walk(ast);
    const named = new Set(survey.references.map(({ path: [context = ''] }) => context.toLowerCase()));
    return {
      text,
      at,
      references: survey.references,
      statusFunctions: survey.statusCalls,
      calls: survey.calls,
      result,
      place: ({ range }) => written.part(range),
      evaluate: (scope) => evaluate(ast, scope, named, text),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const culprit = tokens.find(({ token }) => error instanceof ExpressionError && token === Reflect.get(error, 'tok'));
    if (culprit !== undefined && /^Unrecognized named-value/.test(error.message))
      return unknownContext(culprit, CONTEXTS, written);
    return syntaxProblemText(error.message, culprit, tokens, written);
  }
}

const STATUS_SIGNATURES = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));

/** Finds offsets itself: the library counts lines and columns, and miscounts within texts of several lines. */
function lex(text: string): LexedToken[] {
  let end = 0;
  return new Lexer(text).lex().tokens.map((token) => {
    const start = text.indexOf(token.lexeme, end);
    end = start + token.lexeme.length;
    // The library also unescapes only the first '' of a text.
    if (token.lexeme.startsWith("'")) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
    return { token, lexeme: token.lexeme, range: { start, end } };
  });
}

/** The library finds `constructor(...)` on its table's prototype, so names are first checked against our own list. */
function isUnknownFunction({ lexeme }: Token, index: number, tokens: readonly Token[]): boolean {
  if (tokens[index + 1]?.lexeme !== '(' || !/^[A-Za-z_]/.test(lexeme) || tokens[index - 1]?.lexeme === '.')
    return false;
  return !FUNCTIONS.some((name) => name.toLowerCase() === lexeme.toLowerCase());
}

/** @param named the contexts that the expression names; other contexts may be large and are left out */
function evaluate(ast: Expr, scope: Scope, named: ReadonlySet<string>, text: string): JsonValue {
  const status = STATUS_SIGNATURES.map((one) => ({ ...one, call: () => new data.BooleanData(scope.status[one.name]) }));
  const functions = new Map([...JSON_FUNCTIONS, ...status].map((one) => [one.name.toLowerCase(), one]));
  const { args, env, steps, each } = scope;
  const values = {
    args: () => toData(args),
    env: () => toData(env),
    steps: () => stepsData(steps),
    item: () => toData(each?.item ?? null),
    index: () => toData(each?.index ?? null),
  };
  const context = new data.Dictionary(
    ...CONTEXTS.filter((key) => named.has(key)).map((key) => ({ key, value: values[key]() })),
  );
  try {
    return fromData(new Evaluator(ast, context, functions).evaluate());
  } catch (error) {
    const reason = error instanceof DataFault ? `: ${error.message}` : '';
    throw new EvaluationError(`the expression \${{ ${text.trim()} }} cannot be evaluated${reason}`);
  }
}
