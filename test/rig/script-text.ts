/**
 * The text of test/scripts/NAME.txt, after age's and Go's testscripts:
 *
 *   # a comment, up to the next command or blank line
 *   $ lockstep run hello         a command for bash; a trailing backslash continues it
 *   > Ada                        lines for its standard input
 *   hello Ada                    what it prints (standard error in its place among standard output)
 *   ...                          any lines, also none
 *   took <re:\d+> ms             a regular expression inside a line (`\>` for a `>`)
 *   [exit 3]                     its exit code, where that is not 0
 *   -- tools/hello.yaml --       the files of the repository it runs in, to the end of the text
 *
 * Blank lines at the end of an output do not count. An output line that looks like one of these starts with a backslash.
 */
export interface ScriptText {
  readonly parts: readonly Part[];
  readonly files: ReadonlyMap<string, string>;
  /** Everything from the first file on, as it is written. */
  readonly filesText: string;
}

export type Part = { readonly kind: 'remark'; readonly line: string } | Call;

export interface Call {
  readonly kind: 'call';
  /** All of it as written, up to the next part. */
  readonly raw: readonly string[];
  /** The command with its `$ ` and its input, as written. */
  readonly head: readonly string[];
  readonly command: string;
  readonly input: string;
  readonly expected: readonly string[];
  readonly exit: number;
}

const FILE = /^-- (\S.*?) --$/;
const EXIT = /^\[exit (\d+)\]$/;
const SPECIAL = /^(?:\\|#|\$ |> |\.\.\.$|\[exit \d+\]$|-- \S.* --$)/;

export function readScript(text: string): ScriptText {
  const lines = text.split('\n');
  const found = lines.findIndex((line) => FILE.test(line));
  const end = found === -1 ? lines.length : found;
  return {
    parts: readParts(lines.slice(0, end)),
    files: readFiles(lines.slice(end)),
    filesText: lines.slice(end).join('\n'),
  };
}

function readParts(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    if (line.startsWith('$ ')) {
      const call = readCall(lines, at);
      parts.push(call.part);
      at = call.next;
    } else if (line === '' || line.startsWith('#')) {
      parts.push({ kind: 'remark', line });
      at++;
    } else throw new Error(`line ${at + 1}: output without a command: ${line}`);
  }
  return parts;
}

function readCall(lines: readonly string[], start: number): { part: Call; next: number } {
  let at = start;
  const commandLines = [(lines[at++] ?? '').slice(2)];
  while (commandLines.at(-1)?.endsWith('\\') && at < lines.length) commandLines.push(lines[at++] ?? '');
  const input: string[] = [];
  while (lines[at]?.startsWith('> ') || lines[at] === '>') input.push((lines[at++] ?? '').slice(2));
  const head = lines.slice(start, at);
  const expected: string[] = [];
  let exit = 0;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('$ ') || line.startsWith('#')) break;
    const code = EXIT.exec(line)?.[1];
    if (code !== undefined) exit = Number(code);
    else expected.push(line);
  }
  return {
    part: {
      kind: 'call',
      raw: lines.slice(start, at),
      head,
      command: commandLines.join('\n'),
      input: asText(input),
      expected: trimEnd(expected),
      exit,
    },
    next: at,
  };
}

/** Without the blank lines at its end. */
export function trimEnd(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function readFiles(lines: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  let name: string | undefined;
  for (const line of lines) {
    const next = FILE.exec(line)?.[1];
    if (next !== undefined) {
      name = next;
      files.set(name, '');
    } else if (name !== undefined) files.set(name, `${files.get(name)}${line}\n`);
  }
  // The text's own last line end is not a blank line of the last file.
  if (name !== undefined) files.set(name, (files.get(name) ?? '').replace(/\n$/, ''));
  return files;
}

/** Whether the output is what was expected, `...` and `<re:...>` included. */
export function matches(expected: readonly string[], actual: readonly string[]): boolean {
  const pattern = expected.map((line) => (line === '...' ? '(?:.*\\n)*?' : `${linePattern(line)}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(asText(actual));
}

function linePattern(line: string): string {
  if (line.startsWith('\\')) return escapeRegExp(line.slice(1));
  return line
    .split(/(<re:(?:\\.|[^>\\])*>)/)
    .map((piece) => (piece.startsWith('<re:') ? `(?:${piece.slice(4, -1)})` : escapeRegExp(piece)))
    .join('');
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The call as it should have been written for this output; read again, it gives the same. */
export function rewrite(call: Call, output: readonly string[], exit: number): readonly string[] {
  const lines = output.map((line) => (SPECIAL.test(line) || line.includes('<re:') ? `\\${line}` : line));
  const blanks = call.raw.slice(trimEnd(call.raw).length);
  return [...call.head, ...lines, ...(exit === 0 ? [] : [`[exit ${exit}]`]), ...blanks];
}
