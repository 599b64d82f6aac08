/** A lexical token of TypeScript; a string's `text` is its content as written, without quotes. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark';
  readonly text: string;
  readonly line: number;
}

const MARKS = /^(?:\.\.\.|=>|===|!==|==|!=|\?\.(?!\d)|\?\?=?|&&=?|\|\|=?|\*\*=?|<=|>=|\+\+|--|[+\-*%&|^]=|.)/s;

/** After these words a `/` begins a regular expression and a `!` is a negation. */
const BEFORE_VALUE = /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof|extends)$/;

/** Enough of a lexer to hold laws over source text: comments are left out, and strings cannot be mistaken for code. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** For each open template, how many braces are open within its `${`. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;
  const advance = (end: number) => {
    for (; at < end; at++) if (text[at] === '\n') line++;
  };
  const push = (kind: Token['kind'], end: number, content = text.slice(at, end)) => {
    tokens.push({ kind, text: content, line });
    advance(end);
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 4000);
    const blank = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest);
    if (blank !== null) advance(at + blank[0].length);
    else if (/^['"]/.test(rest)) {
      const end = at + closing(text.slice(at), rest.charAt(0));
      push('string', end, text.slice(at + 1, end - 1));
    } else if (rest.startsWith('`') || (rest.startsWith('}') && templates.at(-1) === 0)) {
      if (rest.startsWith('}')) templates.pop();
      const end = templatePart(text, at + 1);
      if (text[end - 1] === '{') templates.push(0);
      push('template', end);
    } else if (rest.startsWith('/') && !endsValue(tokens.at(-1))) push('regex', at + regexLength(text.slice(at)));
    else {
      const word = /^#?[\p{L}_$][\p{L}\p{N}_$]*/u.exec(rest);
      const number = /^\d[\w.]*/.exec(rest);
      if (word !== null) push('word', at + word[0].length);
      else if (number !== null) push('number', at + number[0].length);
      else {
        const mark = MARKS.exec(rest)?.[0] ?? '';
        const open = templates.length - 1;
        if (mark === '{' && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
        if (mark === '}' && open >= 0) templates[open] = (templates[open] ?? 0) - 1;
        push('mark', at + mark.length);
      }
    }
  }
  return tokens;
}

/** Whether a token can be the end of a value, so that what follows is an operator. */
export function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return !BEFORE_VALUE.test(token.text);
  if (token.kind === 'mark') return token.text === ')' || token.text === ']';
  return token.kind !== 'template' || !token.text.endsWith('${');
}

function closing(text: string, quote: string): number {
  let at = 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Behind the backtick or the `${` that ends the part of a template which begins at `from`. */
function templatePart(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === '\\') at += 2;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) return at + 2;
    else at++;
  }
  return at;
}

function regexLength(text: string): number {
  let at = 1;
  let inClass = false;
  while (at < text.length && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1 + (/^[a-z]*/.exec(text.slice(at + 1))?.[0].length ?? 0);
}
