/** Names have at most 128 characters; a pattern of several thousand is refused when it is compiled. */
const LONGEST = 200;

/**
 * The source of a regular expression that matches exactly this text; for a text longer than any name, it matches
 * nothing. Used for every pattern made of a name in a definition; another problem reports a wrong name.
 */
export function literally(text: string): string {
  return text.length > LONGEST ? '(?!)' : text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
