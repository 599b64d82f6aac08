/** Names have 128 characters at most; a pattern of some thousand is refused when it is compiled. */
const LONGEST = 200;

/**
 * The source of a regular expression that matches this text and no other. What is longer than any name matches nowhere.
 * Called wherever a pattern is made of a name out of a definition: what is wrong with the name is said elsewhere.
 */
export function literally(text: string): string {
  return text.length > LONGEST ? '(?!)' : text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
