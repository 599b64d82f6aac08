/** Names have 128 characters at most; a pattern of some thousand is refused when it is compiled. */
const LONGEST = 200;

/**
 * The source of a regular expression that matches exactly this text. A text longer than any name matches nowhere. Used for
 * every pattern made of a name in a definition; another problem reports a wrong name.
 */
export function literally(text: string): string {
  return text.length > LONGEST ? '(?!)' : text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
