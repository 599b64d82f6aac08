import { type Problem, problem } from './problem.ts';
import type { SourceFile } from './source.ts';
import { placed, type SyntaxFault, syntaxCause } from './syntax-cause.ts';

/** Limits the parser's work: deeper or larger files are not definitions (SECURITY section 3). */
export const MAXIMUM_DEPTH = 32;
export const MAXIMUM_NODES = 20_000;

const NOT_PLAIN: Record<string, { readonly what: string; readonly hint: string }> = {
  '&': { what: 'an anchor (`&`)', hint: 'write the value out where it is needed, or put quotes around a text' },
  '*': { what: 'an alias (`*`)', hint: 'write the value out, or put quotes around a text such as "*.sh"' },
  '!': { what: 'a tag (`!`)', hint: 'remove it, or put quotes around a text' },
  '%': { what: 'a directive (`%`)', hint: 'remove the line' },
  '<': { what: 'a merge key (`<<`)', hint: 'write the keys out' },
};

/** Whether a lexeme other than a scalar marks a YAML feature that definitions cannot use. */
export function isNotPlain(lexeme: string): boolean {
  return Object.hasOwn(NOT_PLAIN, lexeme.charAt(0));
}

export function notPlain(source: SourceFile, start: number, lexeme: string): Problem {
  const range = { start, end: start + Math.min(lexeme.length, 40) };
  const { what, hint } = NOT_PLAIN[lexeme.charAt(0)] ?? { what: `\`${lexeme}\``, hint: 'remove it' };
  return problem('yaml/not-plain', `${what} is not allowed: definitions are plain YAML`, {
    at: { source, range },
    hint,
  });
}

export function tooLarge(source: SourceFile, offset: number, what: 'depth' | 'values'): Problem {
  const [message, hint] =
    what === 'depth'
      ? [`nested deeper than ${MAXIMUM_DEPTH} levels`, 'make it flatter']
      : [`more than ${MAXIMUM_NODES} values in one document`, 'split the file'];
  return problem('yaml/too-large', message, { at: { source, range: { start: offset, end: offset + 1 } }, hint });
}

/**
 * Reports a syntax fault in the words of people who write YAML.
 * @param openings place where the closing quote or bracket is missing -> place of the opening one
 */
export function syntaxProblem(source: SourceFile, fault: SyntaxFault, openings: ReadonlyMap<number, number>): Problem {
  const opening = openings.get(fault.pos[0]);
  if (opening !== undefined && /^Missing closing|^Flow (map|sequence)/.test(fault.message))
    return notClosed(source, opening);
  const cause = syntaxCause(source, fault);
  if (cause !== undefined) return cause;
  const wording = WORDINGS.find(({ when }) => when.test(fault.message));
  return problem('yaml/syntax', wording?.message ?? firstSentence(fault.message), {
    at: { source, range: placed(source.text, { start: fault.pos[0], end: fault.pos[1] }) },
    hint: wording?.hint,
  });
}

const CLOSINGS: Record<string, string> = { '{': '}', '[': ']', '"': '"', "'": "'" };

function notClosed(source: SourceFile, start: number): Problem {
  const opening = source.text.charAt(start);
  const isQuote = opening === '"' || opening === "'";
  return problem('yaml/syntax', `a ${opening} is opened here and never closed`, {
    at: { source, range: { start, end: start + 1 } },
    hint: isQuote
      ? `close it with ${CLOSINGS[opening]}`
      : `close it with ${CLOSINGS[opening]}, and indent the text between them more than the key`,
  });
}

interface Wording {
  readonly when: RegExp;
  readonly message: string;
  readonly hint: string;
}

const WORDINGS: readonly Wording[] = [
  {
    when: /^Nested mappings are not allowed/,
    message: 'a value that has a ": " in it',
    hint: 'put quotes around it if it is text, else begin the inner mapping on a line of its own',
  },
  {
    when: /^All (mapping|sequence) items must start at the same column/,
    message: 'this line is not indented like the lines around it',
    hint: 'indent it like the keys or items above it',
  },
  {
    when: /^Tabs are not allowed/,
    message: 'a line is indented by a tab',
    hint: 'indent with spaces',
  },
  {
    when: /^Implicit map keys need to be followed|^Implicit keys need to be on a single line/,
    message: 'a key without its ":"',
    hint: 'a key is followed by ":" and a space, and a text of several lines goes after `|`',
  },
  {
    when: /^Unexpected .* at node end/,
    message: 'unexpected text after the end of a value',
    hint: 'put quotes around the whole text; within single quotes a single quote is written twice',
  },
  {
    when: /^Plain value cannot start with/,
    message: 'text cannot begin with this character',
    hint: 'put quotes around it',
  },
  {
    when: /^Unexpected block-seq-ind on same line with key/,
    message: 'a list begins on the line of its key',
    hint: 'begin it on a line of its own',
  },
  {
    when: /^Block scalar values in collections must be indented/,
    message: 'the text of a block is indented no more than its key',
    hint: 'indent it by two spaces more',
  },
  {
    when: /^Unexpected flow-(map|seq)-end token/,
    message: 'a closing bracket without an opening one',
    hint: 'remove it, or put quotes around the text',
  },
  {
    when: /^Not a YAML token/,
    message: 'unexpected text',
    hint: 'the text of a `|` or `>` begins on the next line; any other text needs quotes around it',
  },
  {
    when: /^Block scalar header includes extra characters/,
    message: 'text on the line of the `|` or `>`',
    hint: 'begin the text on the next line',
  },
];

/** The first sentence of a library message, which suffices: some end in a quoted excerpt or a second sentence. */
function firstSentence(message: string): string {
  const [first = message] = message.split(/(?<=\w)[.:]? ?\n|: (?=[{["'])/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}
