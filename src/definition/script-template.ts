import type { ScalarNode } from '../text/node.ts';
import { type Location, type Problem, problem } from '../text/problem.ts';
import type { SourceFile } from '../text/source.ts';
import { type Action, ARGUMENT, actionsIn, BRANCH, LITERAL, meaningOf } from './script-action.ts';
import { type WrittenText, writtenValue } from './written-text.ts';

/**
 * A script with `{{ }}` in it, in the part of Go's templates that Kubiya's tools use: `{{ .name }}`, `{{ if }}` with
 * `else` and `end`, texts, comments, and `{{-` `-}}`, which take away the white space around them.
 */
export interface ScriptTemplate {
  readonly parts: readonly ScriptPart[];
  /** Values are put in as they are: the repository's settings say so for this tool. */
  readonly raw: boolean;
}

export type ScriptPart = string | ArgumentPart | ConditionPart;

export interface ArgumentPart {
  readonly argument: string;
  /** Finding it costs as much as the script is long. */
  readonly at: () => Location;
  /** Whether it stands between quotes that open and close on its line: there alone a value may hold a space. */
  readonly quoted: boolean;
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
    if ('argument' in part) return [{ name: part.argument, at: part.at }];
    return [{ name: part.test.argument, at: part.at }, ...argumentsOf(part.whenTrue), ...argumentsOf(part.whenFalse)];
  });
}

/** Of an `if` that is left out. */
const NO_TEST: ScriptTest = { argument: '', negated: false };
const TEST = /^(not\s+)?\.([A-Za-z_][\w-]*)$/;
const COMPARISON = /^(eq|ne)\s+\.([A-Za-z_][\w-]*)\s+(?:"([^"\\]*)"|`([^`]*)`|([\w.]+))$/;

const DEEPEST = 50;
/** What a script says wrong more often is said enough. */
export const MOST_REFUSED = 20;
/** Quotes farther off are not looked for. */
const FARTHEST_QUOTE = 2_000;

interface Branch {
  readonly test: ScriptTest;
  readonly at: () => Location;
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
  readonly #open: Branch[] = [];
  #refused = 0;

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
      this.#act(action, meaning);
      position = action.end;
      trims = action.trimsAfter;
    }
    this.#text(this.#script.slice(position), trims, false);
    for (const { at } of this.#open.filter(({ nested }) => !nested))
      this.#refuse('an `if` of the script is never closed', at, 'close it with {{ end }}');
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

  #act(action: Action, meaning: ReturnType<typeof meaningOf>): void {
    const { words } = action;
    const at = () => this.#written.part({ start: action.start, end: action.end });
    const [, argument] = ARGUMENT.exec(words) ?? [];
    if (argument !== undefined) this.#here().push({ argument, at, quoted: this.#isQuoted(action) });
    else if (meaning === 'literal') this.#here().push(LITERAL.exec(words)?.slice(1).join('') ?? '');
    else if (meaning === 'branch') this.#branch(words, at);
    else if (meaning === 'unknown')
      this.#refuse(
        `the script's {{ ${words} }} is none that is filled`,
        at,
        `${ALLOWED}; for the text itself write {{ "{{" }}`,
      );
  }

  #branch(words: string, at: () => Location): void {
    const [, word = '', condition = ''] = BRANCH.exec(words) ?? [];
    const top = this.#open.at(-1);
    if (word !== 'if' && (top === undefined || (word !== 'end' && top.isElse))) {
      this.#refuse(`the script's {{ ${word} }} belongs to no \`if\``, at, 'open one with {{ if .name }}');
      return;
    }
    if (word === 'end') {
      this.#end();
      return;
    }
    if (top !== undefined && word !== 'if') top.isElse = true;
    if (word === 'else') return;
    if (this.#open.length === DEEPEST)
      this.#refuse(`an \`if\` stands within more than ${DEEPEST} others`, at, 'make several steps of it');
    const isTooDeep = this.#open.length >= DEEPEST;
    const test = testOf(condition);
    if (test === null) this.#refuse(`the script's {{ ${words} }} asks what is not understood`, at, ALLOWED);
    this.#open.push({
      test: isTooDeep ? NO_TEST : (test ?? NO_TEST),
      at,
      whenTrue: [],
      whenFalse: [],
      isElse: false,
      nested: word === 'else if',
    });
  }

  #end(): void {
    while (this.#open.at(-1)?.nested) this.#close();
    this.#close();
  }

  #close(): void {
    const branch = this.#open.pop();
    if (branch === undefined || branch.test.argument === '') return;
    const { test, at, whenTrue, whenFalse } = branch;
    this.#here().push({ test, at, whenTrue, whenFalse });
  }

  /** Of the line's quotes as a shell would read them; a text that began on a line above is not seen, and so gets no space. */
  #isQuoted({ start, end }: Action): boolean {
    const near = this.#script.slice(Math.max(0, start - FARTHEST_QUOTE), start);
    if (near.length === FARTHEST_QUOTE && !near.includes('\n')) return false;
    const before = near.slice(near.lastIndexOf('\n') + 1);
    const [after = ''] = this.#script.slice(end, end + FARTHEST_QUOTE).split('\n', 1);
    let open = '';
    for (let at = 0; at < before.length; at++) {
      const character = before.charAt(at);
      if (character === '\\' && open !== "'") at++;
      else if (open === character) open = '';
      else if (open === '' && (character === '"' || character === "'")) open = character;
    }
    return open !== '' && after.includes(open);
  }

  #refuse(message: string, at: () => Location, hint: string): void {
    if (++this.#refused <= MOST_REFUSED)
      this.#problems.push(problem('expression/template', message, { at: at(), hint }));
  }
}

const ALLOWED =
  'there are {{ .name }}, {{ if .name }}, {{ if not .name }}, {{ if eq .name "text" }}, {{ else }} and {{ end }}';

function testOf(condition: string): ScriptTest | null {
  const [, not, argument] = TEST.exec(condition) ?? [];
  if (argument !== undefined) return { argument, negated: not !== undefined };
  const [, how, compared, ...texts] = COMPARISON.exec(condition) ?? [];
  if (compared === undefined) return null;
  return { argument: compared, negated: how === 'ne', equals: texts.join('') };
}
