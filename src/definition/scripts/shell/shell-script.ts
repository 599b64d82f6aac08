import type { Range } from '../../../text/source.ts';
import { type Pipeline, PipelineList, type ShellWord } from './shell-pipeline.ts';

/**
 * The pipelines of a script for a POSIX shell or bash, those within words too. For advice, not for running: it knows quotes,
 * comments, here-documents and substitutions, and takes whatever else it meets for words. Linear, and never fails.
 */
export function readShellScript(script: string): Pipeline[] {
  return new Reader(script).pipelines(null).flatMap(withInner);
}

function withInner(pipeline: Pipeline): Pipeline[] {
  const inner = pipeline.flatMap((command) => command.flatMap((word) => word.inner));
  return [pipeline, ...inner.flatMap(withInner)];
}

const ASSIGNED_LIST = /^[A-Za-z_]\w*\+?=$/;
const MAXIMUM_DEPTH = 30;

/** A word as far as it has been read. */
interface Draft {
  text: string;
  readonly variables: { name: string; range: Range }[];
  readonly inner: Pipeline[];
}

class Reader {
  readonly #script: string;
  #at = 0;
  #depth = 0;
  /** Here-documents whose bodies begin on the next line. */
  #awaited: { readonly end: string; readonly indented: boolean }[] = [];

  constructor(script: string) {
    this.#script = script;
  }

  /** @param close what ends them, which is left unread; null: the end of the script */
  pipelines(close: ')' | '`' | null): Pipeline[] {
    const read = new PipelineList();
    let open = 0;
    while (this.#at < this.#script.length) {
      const next = this.#script.charAt(this.#at);
      if (next === close && open === 0) break;
      if (this.#skipBlank()) continue;
      if (next === '\n') {
        this.#at++;
        this.#skipHereDocuments();
        read.endLine();
      } else if (next === '|' && this.#script[this.#at + 1] !== '|') {
        this.#at += this.#script[this.#at + 1] === '&' ? 2 : 1;
        read.endCommand();
      } else if (/[;&|]/.test(next) && !this.#startsWith('&>')) {
        this.#at++;
        read.endPipeline();
      } else if (next === '(' || next === ')') {
        open += next === '(' ? 1 : -1;
        this.#at++;
        if (!/^[ \t]*\|/.test(this.#script.slice(this.#at, this.#at + 20))) read.endPipeline();
      } else if (/[<>&]/.test(next) && !this.#startsProcess()) {
        read.add(this.#redirection());
      } else {
        const word = this.#word();
        const isFileDescriptor = /^\d$/.test(word.text) && /[<>]/.test(this.#script.charAt(this.#at));
        if (!isFileDescriptor) read.word(word);
      }
    }
    read.endPipeline();
    return read.pipelines;
  }

  #skip(count: number): void {
    this.#at = Math.min(this.#at + count, this.#script.length);
  }

  #startsWith(text: string): boolean {
    return this.#script.startsWith(text, this.#at);
  }

  #startsProcess(): boolean {
    return this.#startsWith('<(') || this.#startsWith('>(');
  }

  /** White space, a continued line, a comment. */
  #skipBlank(): boolean {
    const next = this.#script.charAt(this.#at);
    if (next === ' ' || next === '\t' || next === '\r') this.#at++;
    else if (this.#startsWith('\\\n')) this.#at += 2;
    else if (next === '#') this.#at = endOr(this.#script, this.#script.indexOf('\n', this.#at));
    else return false;
    return true;
  }

  /** Reads one with its target, and returns what the target runs. */
  #redirection(): readonly Pipeline[] {
    const [operator = ''] =
      /^(?:<<<|<<-?|&>>?|[<>]&|>>|>\||<>|[<>&])/.exec(this.#script.slice(this.#at, this.#at + 3)) ?? [];
    this.#at += operator.length;
    while (/[ \t]/.test(this.#script.charAt(this.#at))) this.#at++;
    if (this.#at >= this.#script.length || this.#script[this.#at] === '\n') return [];
    const { text, inner } = this.#word();
    if (operator === '<<' || operator === '<<-') this.#awaited.push({ end: text, indented: operator === '<<-' });
    return inner;
  }

  #skipHereDocuments(): void {
    for (const { end, indented } of this.#awaited) {
      let line: string;
      do {
        const stop = endOr(this.#script, this.#script.indexOf('\n', this.#at));
        line = this.#script.slice(this.#at, stop);
        this.#at = Math.min(stop + 1, this.#script.length);
      } while ((indented ? line.replace(/^\t+/, '') : line) !== end && this.#at < this.#script.length);
    }
    this.#awaited = [];
  }

  #word(): ShellWord {
    const start = this.#at;
    const draft: Draft = { text: '', variables: [], inner: [] };
    do {
      const next = this.#script.charAt(this.#at);
      if (next === "'") this.#quoted(draft);
      else if (next === '"') this.#doubleQuoted(draft);
      else if (this.#startsProcess()) this.#substitution(draft, 2, ')');
      else if (next === '(') this.#list(draft);
      else this.#part(draft);
    } while (this.#at < this.#script.length && !this.#endsWord(draft));
    return { ...draft, range: { start, end: this.#at } };
  }

  #endsWord({ text }: Draft): boolean {
    const next = this.#script.charAt(this.#at);
    if (next === '(' && ASSIGNED_LIST.test(text)) return false;
    return /[\s;&|()<>`]/.test(next) && !this.#startsProcess() && !(next === '`' && this.#depth === 0);
  }

  /** The items of an assignment: `NAME=(one two)`. */
  #list(draft: Draft): void {
    this.#at++;
    if (!ASSIGNED_LIST.test(draft.text)) return;
    while (this.#at < this.#script.length && this.#script[this.#at] !== ')') {
      const next = this.#script.charAt(this.#at);
      if (next === "'") this.#quoted(draft);
      else if (next === '"') this.#doubleQuoted(draft);
      else this.#part(draft);
    }
    this.#skip(1);
  }

  #quoted(draft: Draft): void {
    const end = endOr(this.#script, this.#script.indexOf("'", this.#at + 1));
    draft.text += this.#script.slice(this.#at + 1, end);
    this.#at = end;
    this.#skip(1);
  }

  #doubleQuoted(draft: Draft): void {
    this.#at++;
    while (this.#at < this.#script.length && this.#script[this.#at] !== '"') this.#part(draft);
    this.#skip(1);
  }

  /** One character, or what stands for more. */
  #part(draft: Draft): void {
    const next = this.#script.charAt(this.#at);
    if (next === '\\') {
      draft.text += this.#script.charAt(this.#at + 1);
      this.#skip(2);
    } else if (next === '$') this.#expansion(draft);
    else if (next === '`') this.#substitution(draft, 1, '`');
    else {
      draft.text += next;
      this.#at++;
    }
  }

  #expansion(draft: Draft): void {
    const start = this.#at;
    const { text } = draft;
    if (this.#startsWith('$((')) {
      this.#at = endOr(this.#script, this.#script.indexOf('))', start));
      this.#skip(2);
    } else if (this.#startsWith('$(')) this.#substitution(draft, 2, ')');
    else if (this.#startsWith('${') && this.#depth < MAXIMUM_DEPTH) this.#braced(draft);
    else this.#variable(draft);
    draft.text = text + this.#script.slice(start, this.#at);
  }

  #variable(draft: Draft): void {
    const start = this.#at;
    const [written = '', name] = /^\$(?:([A-Za-z_]\w*)|.)?/s.exec(this.#script.slice(start, start + 130)) ?? [];
    // A quote behind a `$` begins a text of its own.
    this.#at += /['"]/.test(written) ? 1 : written.length;
    if (name !== undefined) draft.variables.push({ name, range: { start, end: this.#at } });
  }

  /** `${NAME}`, `${NAME:-other}`; neither a length nor `${NAME:+other}` shows the value. */
  #braced(draft: Draft): void {
    const start = this.#at;
    const [written = '${', name, operator] =
      /^\$\{([A-Za-z_]\w*)?(:?[+])?/.exec(this.#script.slice(start, start + 130)) ?? [];
    this.#at += written.length;
    this.#depth++;
    while (this.#at < this.#script.length && this.#script[this.#at] !== '}') this.#part(draft);
    this.#depth--;
    this.#skip(1);
    if (name !== undefined && operator === undefined) draft.variables.push({ name, range: { start, end: this.#at } });
  }

  #substitution(draft: Draft, opening: number, close: ')' | '`'): void {
    const start = this.#at;
    this.#at += opening;
    if (this.#depth < MAXIMUM_DEPTH) {
      this.#depth++;
      for (const one of this.pipelines(close)) draft.inner.push(one);
      this.#depth--;
      this.#skip(1);
    }
    draft.text += this.#script.slice(start, this.#at);
  }
}

function endOr(text: string, found: number): number {
  return found === -1 ? text.length : found;
}
