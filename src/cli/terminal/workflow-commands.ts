import { unicodeEscape } from '../../text/visible.ts';

/** GitHub obeys this at the beginning of a line. */
const COMMAND = /^(\s*)(?=::)/gm;
/** CI systems obey these with a "[" after them, anywhere in a line: GitHub (its older form), Azure and TeamCity. */
const MARKS = ['##', '##vso', '##teamcity'];
/** Runners look for a mark by the rules of .NET, which skip invisible characters. */
const UNSEEN = String.raw`[[\p{Cc}\p{DI}]--\n]*`;
const MARK = new RegExp(String.raw`(${MARKS.map((mark) => [...mark, ''].join(UNSEEN)).join('|')})\[`, 'gv');
const BEGUN_MARK = new RegExp(`#${UNSEEN}(?:#${UNSEEN}(?:[a-z]${UNSEEN})*)?$`, 'v');

/** A text in which no CI system finds a workflow command. */
export function withoutCommands(text: string): string {
  return withoutMarks(text.replace(COMMAND, '$1\\'));
}

/** The same for a text that does not begin a line. The replacement for "[" means the same in JSON. */
export function withoutMarks(text: string): string {
  return text.replace(MARK, (_, mark: string) => `${mark}${unicodeEscape('[')}`);
}

/** Whether the next text may complete a mark at the end of this one. */
export function mayBeginMark(text: string): boolean {
  return BEGUN_MARK.test(text);
}
