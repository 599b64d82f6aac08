import { Composer, type CST, isMap, isScalar, isSeq, Lexer, type ParsedNode, Parser } from 'yaml';
import { BracketTracker, FLOW_ERROR_MARK } from './bracket-tracker.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, YamlNode } from './node.ts';
import { type Problem, problem } from './problem.ts';
import type { Range, SourceFile } from './source.ts';
import { templateAsMapping } from './syntax-cause.ts';
import { isNotPlain, MAXIMUM_DEPTH, MAXIMUM_NODES, notPlain, syntaxProblem, tooLarge } from './syntax-problem.ts';

/** One YAML document of a file, as plain data with ranges. */
export interface Document {
  readonly source: SourceFile;
  readonly root: YamlNode;
}

/**
 * Three for each value, and as many blanks; a thousand-line definition has some 8,000. Lexing this many takes 60 ms.
 */
const MAXIMUM_LEXEMES = 60_000;
const MAXIMUM_NOT_PLAIN = 50;
/** The parser's stack holds, for every level, a collection and, within flow collections, a pair. */
const MAXIMUM_STACK = 2 * MAXIMUM_DEPTH + 4;

/** Lexemes without text: start of document, flow error, "a scalar follows". */
const DOCUMENT_MARK = '\x02';
const SCALAR_MARK = '\x1f';

/**
 * All valid documents of a file, and the problems of the others: only the first syntax error of each document, because
 * it causes the rest. Skips empty documents. Never throws for any text.
 */
export function parseDocuments(source: SourceFile): { documents: Document[]; problems: Problem[] } {
  const read = readTokens(source);
  if (read.problems.length > 0) return { documents: [], problems: read.problems };
  try {
    return compose(source, read);
  } catch (error) {
    if (error instanceof RangeError) return { documents: [], problems: [tooLarge(source, 0, 'values')] };
    throw error;
  }
}

interface Tokens {
  readonly tokens: CST.Token[];
  readonly problems: Problem[];
  /** Place where the closing quote or bracket is missing -> place of the opening one. */
  readonly openings: ReadonlyMap<number, number>;
}

function readTokens(source: SourceFile): Tokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const problems: Problem[] = [];
  const watch = new BracketTracker(source.text.length);
  const { openings } = watch;
  let lexemes = 0;
  for (const { lexeme, start, isScalar } of placedLexemes(source.text)) {
    if (!isScalar) {
      if (isNotPlain(lexeme)) problems.push(notPlain(source, start, lexeme));
      watch.see(lexeme, start);
    }
    tokens.push(...parser.next(lexeme));
    if (problems.length >= MAXIMUM_NOT_PLAIN) return { tokens, problems, openings };
    if (lexeme !== SCALAR_MARK) lexemes += 1;
    if (lexemes > MAXIMUM_LEXEMES || parser.stack.length > MAXIMUM_STACK) {
      const what = lexemes > MAXIMUM_LEXEMES ? 'values' : 'depth';
      return { tokens, problems: [...problems, tooLarge(source, start, what)], openings };
    }
  }
  tokens.push(...parser.end());
  watch.see('', source.text.length);
  return { tokens, problems, openings };
}

interface PlacedLexeme {
  readonly lexeme: string;
  readonly start: number;
  /** The range of a plain scalar or a block: a `#` in it is not a comment. */
  readonly isScalar: boolean;
}

function* placedLexemes(text: string): Generator<PlacedLexeme> {
  let start = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    yield { lexeme, start, isScalar };
    isScalar = lexeme === SCALAR_MARK;
    if (lexeme !== DOCUMENT_MARK && lexeme !== FLOW_ERROR_MARK && !isScalar) start += lexeme.length;
  }
}

/** The comments of a text, and the ranges of its scalars; the range of a block includes the `|` that begins it. */
export function commentsOf({ text }: SourceFile): { readonly comments: Range[]; readonly texts: Range[] } {
  const comments: Range[] = [];
  const texts: Range[] = [];
  let head: number | undefined;
  for (const { lexeme, start, isScalar } of placedLexemes(text)) {
    const end = start + lexeme.length;
    if (isScalar) texts.push({ start: head ?? start, end });
    else if (/^['"]/.test(lexeme)) texts.push({ start, end });
    else if (lexeme.startsWith('#')) comments.push({ start, end });
    if (isScalar) head = undefined;
    else if (/^[|>]/.test(lexeme)) head = start;
  }
  return { comments, texts };
}

function compose(source: SourceFile, { tokens, openings }: Tokens): { documents: Document[]; problems: Problem[] } {
  const documents: Document[] = [];
  const problems: Problem[] = [];
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, merge: false, version: '1.2' });
  for (const parsed of composer.compose(tokens, false, source.text.length)) {
    const [fault] = [...parsed.errors, ...parsed.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
    if (fault !== undefined) problems.push(syntaxProblem(source, fault, openings));
    if (fault !== undefined || parsed.contents === null) continue;
    const reader = new NodeReader(source);
    const root = reader.read(parsed.contents, 1);
    problems.push(...reader.problems);
    const isEmpty = root === null || (root.kind === 'scalar' && root.value === null);
    if (!isEmpty && reader.problems.length === 0) documents.push({ source, root });
  }
  return { documents, problems };
}

/**
 * Converts the library's tree into ours. `uniqueKeys` is off above because that check is quadratic; here one `Map`
 * suffices.
 */
class NodeReader {
  readonly problems: Problem[] = [];
  readonly #source: SourceFile;
  #count = 0;

  constructor(source: SourceFile) {
    this.#source = source;
  }

  read(node: ParsedNode | null | undefined, depth: number): YamlNode | null {
    const start = node?.range?.[0] ?? 0;
    if (depth > MAXIMUM_DEPTH || ++this.#count > MAXIMUM_NODES) {
      if (this.problems.every((one) => one.code !== 'yaml/too-large'))
        this.problems.push(tooLarge(this.#source, start, depth > MAXIMUM_DEPTH ? 'depth' : 'values'));
      return null;
    }
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return this.#list(node, depth);
    if (isScalar(node)) return this.#scalar(node);
    return { kind: 'scalar', value: null, text: '', range: { start, end: start } };
  }

  #map(node: Extract<ParsedNode, { items: unknown[] }> & { range: [number, number, number] }, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    for (const pair of node.items as { key: ParsedNode | null; value: ParsedNode | null }[]) {
      const key = this.#key(pair.key);
      const value = this.read(pair.value, depth + 1);
      if (key === null || value === null) continue;
      // An empty value has no place of its own: report the key.
      const placed =
        value.range.end <= value.range.start && isEmptyText(value) ? { ...value, range: key.range } : value;
      const first = entries.get(key.text);
      if (first === undefined) entries.set(key.text, { key, value: placed });
      else this.#duplicate(key, first.key);
    }
    return { kind: 'map', entries, range: rangeOf(node.range) };
  }

  #key(node: ParsedNode | null): ScalarNode | null {
    const range = node?.range ? rangeOf(node.range) : { start: 0, end: 0 };
    if (!isScalar(node) || node.value === null || typeof node.value === 'object') {
      const at = { source: this.#source, range };
      this.problems.push(
        this.#source.text.startsWith('{{', range.start - 1)
          ? templateAsMapping(this.#source, range.start - 1)
          : problem('yaml/key', 'a key has to be plain text', {
              at,
              hint: 'write a name instead; in quotes where it looks like something else',
            }),
      );
      return null;
    }
    const key = this.#scalar(node);
    if (key.text !== '<<') return key;
    this.problems.push(notPlain(this.#source, range.start, '<<'));
    return null;
  }

  #list(node: { items: unknown[]; range?: [number, number, number] | null }, depth: number): ListNode {
    const items: YamlNode[] = [];
    for (const item of node.items) {
      const read = this.read(item as ParsedNode, depth + 1);
      if (read !== null) items.push(isEmptyText(read) ? { ...read, range: this.#dashBefore(read.range) } : read);
    }
    return { kind: 'list', items, range: rangeOf(node.range ?? [0, 0, 0]) };
  }

  /** An empty item has no place of its own either: report the `-` above all. */
  #dashBefore({ start, end }: Range): Range {
    return this.#source.text[start - 1] === '-' ? { start: start - 1, end: start } : { start, end };
  }

  #scalar(node: {
    value: unknown;
    source?: string;
    type?: string;
    range?: [number, number, number] | null;
  }): ScalarNode {
    const range = rangeOf(node.range ?? [0, 0, 0]);
    const { value } = node;
    if (typeof value === 'string' && !value.isWellFormed()) this.#refuseHalf(range);
    if (typeof value === 'string') return { kind: 'scalar', value, text: value, range };
    if (typeof value === 'number' || typeof value === 'boolean')
      return { kind: 'scalar', value, text: node.source ?? String(value), range };
    return { kind: 'scalar', value: null, text: '', range };
  }

  /**
   * Refuses half a surrogate pair: UTF-8 cannot represent it, so no text with it could be written, hashed or signed.
   */
  #refuseHalf(range: Range): void {
    this.problems.push(
      problem('yaml/syntax', 'an escape stands for half a character, which is not valid text', {
        at: { source: this.#source, range },
        hint: 'write the character itself, or both of its halves: "\\ud83d\\ude00"',
      }),
    );
  }

  #duplicate(key: ScalarNode, first: ScalarNode): void {
    this.problems.push(
      problem('yaml/duplicate-key', `the key "${key.text}" appears twice in one mapping`, {
        at: { source: this.#source, range: key.range },
        hint: 'remove one of the two',
        related: [{ message: 'the first one is here', at: { source: this.#source, range: first.range } }],
      }),
    );
  }
}

function rangeOf([start, end]: readonly [number, number, number]): Range {
  return { start, end: Math.max(end, start) };
}

function isEmptyText(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.range.end <= node.range.start;
}
