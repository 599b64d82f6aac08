/** What a terminal obeys or nobody sees: control characters, marks that turn or join text, line breaks of Unicode's own. */
const UNSEEN = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f/gu;

/** A text in which all such characters stand as escapes, `\u001b`, which JSON reads as the same. Line breaks and tabs stay. */
export function visible(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (character) => character.split('').map(unicodeEscape).join(''));
}

/** A name, a message, or other foreign text, made to fit on one line so that it cannot forge another. */
export function visibleLine(text: string): string {
  return visible(text.trim().replace(/\s+/g, ' '));
}

/** The same for a file name, with line breaks shown differently from blanks. */
export function visibleName(name: string): string {
  return visible(name).replace(/[\n\t]/g, unicodeEscape);
}

/** A sign in the place of each, so that columns stay: for a line of a file above carets. */
export function veiled(text: string): string {
  return text.replace(UNSEEN, (character) => '\ufffd'.repeat(character.length)).toWellFormed();
}

/** `\\u001b`, as JSON and JavaScript write a UTF-16 unit. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
