import type { ScalarNode } from '../../../text/node.ts';
import { type Location, type Problem, problem } from '../../../text/problem.ts';
import type { SourceFile } from '../../../text/source.ts';
import {
  type Action,
  ARGUMENT,
  actionsIn,
  BRANCH,
  LITERAL,
  type Meaning,
  meaningOf,
} from '../../../text/template-action.ts';
import { type WrittenText, writtenValue } from '../../expressions/written-text.ts';

/**
 * A script with `{{ }}` in it, in the part of Go's templates that Kubiya's tools use: `{{ .name }}`, alone or piped to
 * `default`, `toJson` or `quote`; `{{ if }}` with `else`; `{{ range .list }}` with `{{ . }}`; texts, comments, and `{{-` `-}}`,
 * which take away the white space around them.
 */
export interface ScriptTemplate {
  readonly parts: readonly ScriptPart[];
  /** Values are inserted unchanged, as the repository's settings allow for this tool. */
  readonly raw: boolean;
}

export type ScriptPart = string | ArgumentPart | ConditionPart | RangePart;

export interface ArgumentPart {
  /** Null: the item of the `range` around it. */
  readonly argument: string | null;
  /** What a pipe behind the name asks for. */
  readonly via: 'text' | 'json' | 'word';
  /** Its text in the script: `{{ .name }}`. */
  readonly action: string;
  /** In the script, from 1. */
  readonly line: number;
  /** Finding it costs as much as the script is long. */
  readonly at: () => Location;
}

/** How `{{ }}` without quotes takes a value: as one word, as several, or as several that may begin with "-". */
export type Words = 'one' | 'many' | 'options';

/** `{{ range .list }}`: its parts once for each item. */
export interface RangePart {
  readonly list: string;
  readonly at: () => Location;
  readonly body: readonly ScriptPart[];
}

export interface ConditionPart {
  readonly test: ScriptTest;
  readonly at: () => Location;
  readonly whenTrue: readonly ScriptPart[];
  readonly whenFalse: readonly ScriptPart[];
}

/** `if .x`, `if not .x`, `if eq .x "y"`, `if ne .x "y"`. */
export interface ScriptTest {
  readonly argument: string;
  readonly negated: boolean;
  /** Absent: whether there is a value at all. */
  readonly equals?: string;
}

/** Never fails: what cannot be read is reported and left out. */
export function parseScriptTemplate(node: ScalarNode, source: SourceFile, problems: Problem[]): ScriptTemplate {
  const parser = new TemplateParser(node.text, writtenValue(node, source), problems);
  return { parts: parser.parse(), raw: false };
}

/** Everything that a template names, in order. */
export function argumentsOf(parts: readonly ScriptPart[]): { readonly name: string; readonly at: () => Location }[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [];
    if ('argument' in part) return part.argument === null ? [] : [{ name: part.argument, at: part.at }];
    if ('list' in part) return [{ name: part.list, at: part.at }, ...argumentsOf(part.body)];
    return [{ name: part.test.argument, at: part.at }, ...argumentsOf(part.whenTrue), ...argumentsOf(part.whenFalse)];
  });
}

/** The branch of an `if` that is left out. */
const NO_TEST: ScriptTest = { argument: '', negated: false };
const TEST = /^(not\s+)?\.([A-Za-z_][\w-]*)$/;
const COMPARISON = /^(eq|ne)\s+\.([A-Za-z_][\w-]*)\s+(?:"([^"\\]*)"|`([^`]*)`|([\w.]+))$/;

const DEEPEST = 50;
/** The most problems reported for one script. */
export const MOST_REFUSED = 20;

/** An `if` or a `range` that is not closed yet. */
interface Block {
  readonly opens: { readonly test: ScriptTest } | { readonly list: string };
  readonly at: () => Location;
  /** The body of a `range`. */
  readonly whenTrue: ScriptPart[];
  readonly whenFalse: ScriptPart[];
  isElse: boolean;
  /** Made by an `else if`: the `end` of the `if` closes it too. */
  readonly nested: boolean;
}

class TemplateParser {
  readonly #script: string;
  readonly #written: WrittenText;
  readonly #problems: Problem[];
  readonly #parts: ScriptPart[] = [];
  readonly #open: Block[] = [];
  #refused = 0;
  #line = 1;

  constructor(script: string, written: WrittenText, problems: Problem[]) {
    this.#script = script;
    this.#written = written;
    this.#problems = problems;
  }

  parse(): ScriptPart[] {
    let position = 0;
    let trims = false;
    for (const action of actionsIn(this.#script)) {
      const meaning = meaningOf(action.words);
      if (meaning === 'text') continue;
      this.#text(this.#script.slice(position, action.start), trims, action.trimsBefore);
      this.#line += this.#script.slice(position, action.start).split('\n').length - 1;
      this.#act(action, meaning);
      position = action.end;
      trims = action.trimsAfter;
    }
    this.#text(this.#script.slice(position), trims, false);
    for (const { at, opens } of this.#open.filter(({ nested }) => !nested))
      this.#refuse(
        `${'list' in opens ? 'a `range`' : 'an `if`'} of the script is never closed`,
        at,
        'close it with {{ end }}',
      );
    while (this.#open.length > 0) this.#close();
    return this.#parts;
  }

  #text(text: string, trimsStart: boolean, trimsEnd: boolean): void {
    const start = trimsStart ? text.trimStart() : text;
    const whole = trimsEnd ? start.trimEnd() : start;
    if (whole !== '') this.#here().push(whole);
  }

  #here(): ScriptPart[] {
    const top = this.#open.at(-1);
    if (top === undefined) return this.#parts;
    return top.isElse ? top.whenFalse : top.whenTrue;
  }

  #act(action: Action, meaning: Meaning): void {
    const { words } = action;
    const at = () => this.#written.part({ start: action.start, end: action.end });
    if (meaning === 'argument') this.#argument(action, at);
    else if (meaning === 'literal') this.#here().push(LITERAL.exec(words)?.slice(1).join('') ?? '');
    else if (meaning === 'branch') this.#branch(words, at);
    else if (meaning === 'unknown')
      this.#refuse(`the script's {{ ${words} }} is not filled`, at, `${ALLOWED}; for the text itself write {{ "{{" }}`);
  }

  #argument({ words, start, end }: Action, at: () => Location): void {
    const [, name = null, pipe = '', quoted, bare] = ARGUMENT.exec(words) ?? [];
    if (name === null && !this.#open.some(({ opens }) => 'list' in opens)) {
      this.#refuse("the script's {{ . }} is not inside a `range`", at, ALLOWED);
      return;
    }
    const via = /^toJ/.test(pipe) ? 'json' : pipe === 'quote' ? 'word' : 'text';
    const part: ArgumentPart = { argument: name, via, action: this.#script.slice(start, end), line: this.#line, at };
    if (name === null || !pipe.startsWith('default')) this.#here().push(part);
    else {
      const test = { argument: name, negated: false };
      this.#here().push({ test, at, whenTrue: [part], whenFalse: [quoted ?? bare ?? ''] });
    }
  }

  #branch(words: string, at: () => Location): void {
    const [, word = '', condition = ''] = BRANCH.exec(words) ?? [];
    const top = this.#open.at(-1);
    if (word === 'end' && top !== undefined) this.#end();
    else if (word === 'range') this.#openBlock(rangeOf(condition), words, at, false);
    else if (word === 'if') this.#openBlock(testOf(condition), words, at, false);
    else if (top === undefined || top.isElse || 'list' in top.opens)
      this.#refuse(`the script's {{ ${word} }} is not part of an \`if\``, at, 'open one with {{ if .name }}');
    else {
      top.isElse = true;
      if (word === 'else if') this.#openBlock(testOf(condition), words, at, true);
    }
  }

  #openBlock(opens: Block['opens'] | null, words: string, at: () => Location, nested: boolean): void {
    if (this.#open.length === DEEPEST)
      this.#refuse(`a block is nested in more than ${DEEPEST} others`, at, 'make several steps of it');
    if (opens === null) this.#refuse(`the script's {{ ${words} }} has a condition that is not supported`, at, ALLOWED);
    const isTooDeep = this.#open.length >= DEEPEST;
    const known = isTooDeep || opens === null ? { test: NO_TEST } : opens;
    this.#open.push({ opens: known, at, whenTrue: [], whenFalse: [], isElse: false, nested });
  }

  #end(): void {
    while (this.#open.at(-1)?.nested) this.#close();
    this.#close();
  }

  #close(): void {
    const block = this.#open.pop();
    if (block === undefined) return;
    const { opens, at, whenTrue, whenFalse } = block;
    if ('list' in opens) this.#here().push({ list: opens.list, at, body: whenTrue });
    else if (opens.test.argument !== '') this.#here().push({ test: opens.test, at, whenTrue, whenFalse });
  }

  #refuse(message: string, at: () => Location, hint: string): void {
    if (++this.#refused <= MOST_REFUSED)
      this.#problems.push(problem('expression/template', message, { at: at(), hint }));
  }
}

const ALLOWED =
  'there are {{ .name }}, {{ if .name }}, {{ if not .name }}, {{ if eq .name "text" }}, {{ else }}, {{ range .list }}, {{ end }}, and pipes to default, toJson and quote';

function testOf(condition: string): { test: ScriptTest } | null {
  const [, not, argument] = TEST.exec(condition) ?? [];
  if (argument !== undefined) return { test: { argument, negated: not !== undefined } };
  const [, how, compared, ...texts] = COMPARISON.exec(condition) ?? [];
  if (compared === undefined) return null;
  return { test: { argument: compared, negated: how === 'ne', equals: texts.join('') } };
}

function rangeOf(condition: string): { list: string } | null {
  const [, list] = /^\.([A-Za-z_][\w-]*)$/.exec(condition) ?? [];
  return list === undefined ? null : { list };
}
