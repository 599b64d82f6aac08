import type { HoleSpot, Marker } from '../template/marker.ts';
import type { Literal } from './literal.ts';
import { type PythonPiece, pythonPieces } from './python-scan.ts';

/** Where a hole of a program in another language stands. */
export type LanguageSpot = HoleSpot &
  (
    | Literal
    | { readonly how: 'comment' }
    /** `because` completes "cannot be filled in, because ...". */
    | { readonly how: 'refuse'; readonly because: string }
  );

/** Begins an escape that the text of a hole would continue. */
const OPEN_ESCAPE = /\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|U[0-9a-f]{0,7}|[0-7]{1,2}|N\{[^}]*)$/i;
const LONGEST_ESCAPE = 80;

/**
 * The holes of a Python script. Within a text a value becomes letters, digits, spaces and `\uXXXX`, which end no text whatever
 * quotes hold it: a wrong scan gives a syntax error, and not code.
 * @returns null where the script cannot be read
 */
export function pythonSpots(text: string, marker: Marker): readonly LanguageSpot[] | null {
  const pieces = pythonPieces(text);
  if (pieces === null) return null;
  const sorted = [...pieces].sort((a, b) => a.start - b.start);
  return marker.findAll(text).map((spot) => spotIn(text, spot, pieceAround(sorted, spot)));
}

/** The innermost: a field begins after the text that holds it. */
function pieceAround(sorted: readonly PythonPiece[], { start, end }: HoleSpot): PythonPiece | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  // Texts follow one another, and only fields of one text stand within it.
  for (let at = low - 1; at >= 0; at--) {
    const piece = sorted[at];
    if (piece === undefined || end <= piece.end) return piece;
    if (piece.kind !== 'field') return undefined;
  }
  return undefined;
}

function spotIn(text: string, spot: HoleSpot, piece: PythonPiece | undefined): LanguageSpot {
  if (piece?.kind === 'comment') return { ...spot, how: 'comment' };
  if (piece === undefined || piece.kind === 'field') {
    const isPart = /[\w.]$/.test(text.slice(0, spot.start)) || /^[\w.("'[]/.test(text.slice(spot.end));
    if (isPart) return { ...spot, how: 'refuse', because: 'it would be part of a name or of a call' };
    return { ...spot, how: 'code', write: (value) => value };
  }
  const before = text.slice(Math.max(piece.start, spot.start - LONGEST_ESCAPE), spot.start);
  const { prefix, quote } = piece;
  const isRaw = prefix.includes('r');
  if ((/\\*$/.exec(before)?.[0].length ?? 0) % 2 === 1 || (!isRaw && OPEN_ESCAPE.test(before)))
    return { ...spot, how: 'refuse', because: 'it follows a backslash' };
  const escaped = prefix.includes('b') ? pythonBytes : pythonText;
  if (!isRaw) return { ...spot, how: 'text', write: escaped };
  const other = prefix.replace(/[rft]/g, '');
  return { ...spot, how: 'text', write: (value) => `${quote} ${other}"${escaped(value)}" ${prefix}${quote}` };
}

function pythonText(value: string): string {
  return value.replace(/[^A-Za-z0-9 ]/gu, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
}

function pythonBytes(value: string): string {
  const bytes = [...Buffer.from(value)];
  return bytes.map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\x${hex(byte, 2)}`)).join('');
}

function isPlain(byte: number): boolean {
  return byte < 0x80 && /[A-Za-z0-9 ]/.test(String.fromCharCode(byte));
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}

/** Between quotes, as a text of its own. */
export function pythonQuoted(value: string): string {
  return `"${pythonText(value)}"`;
}
