import type { Range } from '../../../text/source.ts';

/** One word of a command, with offsets into the script. */
export interface ShellWord {
  /** Without quotes; what the shell would put in stands as written. */
  readonly text: string;
  readonly range: Range;
  /** `$NAME` and `${NAME}`, where they put the value in. */
  readonly variables: readonly { readonly name: string; readonly range: Range }[];
  /** What `$( )`, backquotes and `<( )` within it run. */
  readonly inner: readonly Pipeline[];
}

/** Words of one command, without its redirections. */
export type ShellCommand = readonly [ShellWord, ...ShellWord[]];

/** Commands of which each reads what the one before it prints. */
export type Pipeline = readonly ShellCommand[];

/** Words that come before a command and are not commands. */
const BEFORE_COMMANDS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', '}']);

/** Puts words together as a reader meets them. */
export class PipelineList {
  readonly pipelines: Pipeline[] = [];
  #pipeline: ShellCommand[] = [];
  #words: ShellWord[] = [];

  word(word: ShellWord): void {
    if (this.#words.length > 0 || !BEFORE_COMMANDS.has(word.text)) this.#words.push(word);
  }

  /** At a `|`. */
  endCommand(): void {
    const [first, ...others] = this.#words;
    if (first !== undefined) this.#pipeline.push([first, ...others]);
    this.#words = [];
  }

  endPipeline(): void {
    this.endCommand();
    this.add(this.#pipeline.length > 0 ? [this.#pipeline] : []);
    this.#pipeline = [];
  }

  /** After a `|`, the pipeline continues on the next line. */
  endLine(): void {
    if (this.#words.length > 0) this.endPipeline();
  }

  add(pipelines: readonly Pipeline[]): void {
    for (const one of pipelines) this.pipelines.push(one);
  }
}
