import type { HereDoc, SyntaxNode, Word } from './shell-tree.ts';

/**
 * The text of a word as the program gets it, with holes as they are.
 * @param expansion what stands for an expansion; undefined: nothing can
 */
export function cookedText(word: Word, expansion: (part: SyntaxNode) => string | undefined): string | undefined {
  if (word.parts === undefined) return word.value;
  let text = '';
  for (const part of word.parts.flatMap((one): readonly SyntaxNode[] =>
    'parts' in one && isQuoted(one) ? (one.parts ?? []) : [one],
  )) {
    const isText = part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted';
    const piece = isText ? part.value : part.type === 'Glob' ? part.text : expansion(part);
    if (piece === undefined) return undefined;
    text += piece;
  }
  return text;
}

/** With a "1" for whatever is expanded there. */
export function roughText(word: Word): string {
  return cookedText(word, () => '1') ?? '';
}

function isQuoted(part: SyntaxNode): part is Extract<SyntaxNode, { type: 'DoubleQuoted' | 'LocaleString' }> {
  return part.type === 'DoubleQuoted' || part.type === 'LocaleString';
}

/** The text of a word in quotes that the shell changes in nothing, so that offsets in it count in the script too. */
export function constantText(word: Word): string | undefined {
  const [only, ...others] = word.parts ?? [];
  if (only === undefined || others.length > 0) return undefined;
  if (only.type === 'SingleQuoted') return only.value;
  if (only.type !== 'DoubleQuoted' || !only.parts.every((part) => part.type === 'Literal')) return undefined;
  const text = only.text.slice(1, -1);
  return /[\\$`!]/.test(text) ? undefined : text;
}

/** A here-document as the program gets it, with a "1" for what is expanded. */
export function documentText({ body, delimiter }: HereDoc): string {
  if (delimiter?.quoted === true) return body.text;
  const parts = body.parts ?? [];
  return parts.length === 0
    ? unescaped(body.text)
    : parts.map((part) => (part.type === 'Literal' ? unescaped(part.text) : '1')).join('');
}

function unescaped(text: string): string {
  return text.replace(/\\([\\$`\n])/g, (_, one) => (one === '\n' ? '' : one));
}
