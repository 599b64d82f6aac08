import type { Lexer } from '@actions/expressions';
import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from '@actions/expressions/ast';
import type { Range } from '../../text/source.ts';
import { fromData } from './expression-data.ts';
import type { Token } from './expression-fault.ts';

/** Functions that return the state of the run; only an `if` may call them. */
export const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled'] as const;
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number];

export type LibraryToken = ReturnType<Lexer['lex']>['tokens'][number];

export interface LexedToken extends Token {
  readonly token: LibraryToken;
}

/** `args.repo` -> path `['args', 'repo']`; a path ends at an index that is `*` or is evaluated at run time. */
export interface Reference {
  readonly path: readonly string[];
  readonly range: Range;
  /** Whether the path is complete: it does not end early. */
  readonly whole: boolean;
}

export interface StatusCall {
  readonly name: StatusFunction;
  readonly range: Range;
}

/** The types of the values of expressions. */
export type ValueType = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';

/** An expression or a function's argument: what it names, or its type where its text alone decides it; else neither. */
export interface Operand {
  readonly range: Range;
  readonly reference?: Reference;
  readonly type?: ValueType;
}

export interface Call {
  /** In lower case. */
  readonly name: string;
  readonly operands: readonly Operand[];
}

const TYPE_OF_CALL: Readonly<Record<string, ValueType>> = {
  contains: 'boolean',
  startswith: 'boolean',
  endswith: 'boolean',
  format: 'string',
  join: 'string',
  tojson: 'string',
  ...Object.fromEntries(STATUS_FUNCTIONS.map((name) => [name, 'boolean'])),
};

/** Collects what an expression names and calls. */
export class Survey {
  readonly references: Reference[] = [];
  readonly statusCalls: StatusCall[] = [];
  readonly calls: Call[] = [];
  readonly #tokens: readonly LexedToken[];

  constructor(tokens: readonly LexedToken[]) {
    this.#tokens = tokens;
  }

  walk(node: Expr): Operand {
    if (node instanceof Literal) return { range: this.#rangeOf(node.token), ...typed(node) };
    if (node instanceof ContextAccess) return this.#refer([node.name.lexeme], node.name, node.name);
    if (node instanceof IndexAccess) return this.#index(node);
    if (node instanceof Grouping) return this.walk(node.group);
    if (node instanceof FunctionCall) return this.#call(node);
    if (node instanceof Unary) return { range: this.walk(node.expr).range, type: 'boolean' };
    if (node instanceof Binary) {
      const { range } = this.walk(node.left);
      return { range: { start: range.start, end: this.walk(node.right).range.end }, type: 'boolean' };
    }
    // `a && b` may result in either operand.
    const ranges = node instanceof Logical ? node.args.map((arg) => this.walk(arg).range) : [];
    return { range: { start: ranges[0]?.start ?? 0, end: ranges.at(-1)?.end ?? 0 } };
  }

  #index(node: IndexAccess): Operand {
    let path: string[] = [];
    let last: LibraryToken | undefined;
    let whole = true;
    let at: Expr = node;
    while (at instanceof IndexAccess) {
      if (at.index instanceof Literal) {
        path.unshift(at.index.literal.coerceString());
        last ??= at.index.token;
      } else {
        path = [];
        last = undefined;
        whole = false;
        this.walk(at.index);
      }
      at = at.expr;
    }
    if (at instanceof ContextAccess) return this.#refer([at.name.lexeme, ...path], at.name, last ?? at.name, whole);
    return { range: this.walk(at).range };
  }

  #call(node: FunctionCall): Operand {
    const name = node.functionName.lexeme.toLowerCase();
    const range = this.#rangeOf(node.functionName);
    const status = STATUS_FUNCTIONS.find((one) => one === name);
    if (status !== undefined) this.statusCalls.push({ name: status, range });
    this.calls.push({ name, operands: node.args.map((arg) => this.walk(arg)) });
    const type = TYPE_OF_CALL[name];
    return { range, ...(type && { type }) };
  }

  #refer(path: readonly string[], first: LibraryToken, last: LibraryToken, whole = true): Operand {
    const end = this.#tokens.findIndex(({ token }) => token === last);
    const closing = last !== first && this.#tokens[end - 1]?.lexeme === '[' ? end + 1 : end;
    const range = { start: this.#rangeOf(first).start, end: this.#tokens[closing]?.range.end ?? 0 };
    const reference = { path, range, whole };
    this.references.push(reference);
    return whole ? { range, reference } : { range };
  }

  #rangeOf(wanted: LibraryToken): Range {
    return this.#tokens.find(({ token }) => token === wanted)?.range ?? { start: 0, end: 0 };
  }
}

function typed({ literal }: Literal): { type: ValueType } {
  const value = fromData(literal);
  return { type: value === null ? 'null' : (typeof value as 'string' | 'number' | 'boolean') };
}
