/**
 * Invisible characters, or those that a terminal obeys: control characters, marks that turn or join text, Unicode's
 * line breaks.
 */
const UNSEEN = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f/gu;

/** Escapes all such characters as `\u001b`, which JSON reads as the same. Line breaks and tabs do not change. */
export function visible(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (character) => character.split('').map(unicodeEscape).join(''));
}

/** Fits a name, a message, or other foreign text on one line, so that it cannot forge another line. */
export function visibleLine(text: string): string {
  return visible(text.trim().replace(/\s+/g, ' '));
}

/** As `visibleLine`, for a file name: shows line breaks differently from blanks. */
export function visibleName(name: string): string {
  return visible(name).replace(/[\n\t]/g, unicodeEscape);
}

/** Replaces each with one sign, so that columns do not shift: for a line of a file above carets. */
export function veiled(text: string): string {
  return text.replace(UNSEEN, (character) => '\ufffd'.repeat(character.length)).toWellFormed();
}

/** `\\u001b`, as JSON and JavaScript write a UTF-16 unit. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
