export interface ReadValue {
  readonly name: string;
  readonly line: number;
  readonly value: string | Uint8Array;
}

/** The fault of a line, without its content. */
export interface Fault {
  readonly line: number;
  readonly what: string;
}

/*
 * The common subset of dotenv files: `NAME=value`, `export`, comments; '...' and `...` without escapes, "..." with
 * escapes, all three over several lines. Nothing is expanded: a `$` is a `$`.
 */

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Faults name lines, without their content. */
export function parseDotenv(text: string): { values: ReadValue[]; faults: Fault[] } {
  const values: ReadValue[] = [];
  const faults: Fault[] = [];
  let offset = 0;
  let line = 1;
  while (offset < text.length) {
    const { length, read } = parseOne(text.slice(offset), line);
    if (read !== null && 'what' in read) faults.push(read);
    else if (read !== null) values.push(read);
    line += text.slice(offset, offset + length).split('\n').length - 1;
    offset += length;
  }
  return { values, faults };
}

/** One assignment, comment or empty line from the start of `text`, with its length. */
function parseOne(text: string, line: number): { length: number; read: ReadValue | Fault | null } {
  const end = text.indexOf('\n');
  const first = (end === -1 ? text : text.slice(0, end)).replace(/\r$/, '');
  const whole = end === -1 ? text.length : end + 1;
  if (/^[ \t]*(?:#.*)?$/.test(first)) return { length: whole, read: null };
  const [head, name] = ASSIGNMENT.exec(first) ?? [];
  if (head === undefined || name === undefined)
    return { length: whole, read: { line, what: 'is neither NAME=value nor a comment' } };
  const quote = first[head.length];
  if (quote === '"' || quote === "'" || quote === '`') return parseQuoted(text, head.length, { name, line });
  const value = first
    .slice(head.length)
    .replace(/(?:^|[ \t]+)#.*$/, '')
    .trimEnd();
  const fault = value.startsWith('-----BEGIN ') ? 'begins a value of several lines, which has to stand in quotes' : '';
  return { length: whole, read: fault === '' ? { name, line, value } : { line, what: fault } };
}

/** @param start where the quote starts */
function parseQuoted(text: string, start: number, { name, line }: Omit<ReadValue, 'value'>) {
  const quote = text.charAt(start);
  const close = closingQuote(text, start + 1, quote);
  if (close === -1) return { length: text.length, read: { line, what: 'opens a quote that is never closed' } };
  const end = text.indexOf('\n', close);
  const length = end === -1 ? text.length : end + 1;
  const after = text.slice(close + 1, end === -1 ? text.length : end);
  if (!/^[ \t]*(?:#.*)?\r?$/.test(after)) return { length, read: { line, what: 'has text after its closing quote' } };
  const inner = text.slice(start + 1, close);
  const value = quote === '"' ? inner.replace(/\\([nrt"\\$`])/g, (_, one: string) => ESCAPES[one] ?? one) : inner;
  return { length, read: { name, line, value } };
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (quote === '"' && text[at] === '\\') at += 1;
  }
  return -1;
}

/** One or more lines that, where possible, every reader of dotenv files and also a shell read as this value. */
export function dotenvLine(name: string, value: string): string {
  if (/^[\w./:@%+,-]+$/.test(value)) return `${name}=${value}\n`;
  if (!/['\r]/.test(value)) return `${name}='${value}'\n`;
  const escaped = value
    .replace(/[\\"$`]/g, '\\$&')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');
  return `${name}="${escaped}"\n`;
}
