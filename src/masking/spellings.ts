/** The names of U+00A1 to U+00FF in HTML, in their order. */
const LATIN_1 =
  'iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(
    ' ',
  );
const NAMES: ReadonlyMap<string, number> = new Map(
  [
    ...Object.entries({
      amp: '&',
      lt: '<',
      gt: '>',
      quot: '"',
      apos: "'",
      excl: '!',
      num: '#',
      dollar: '$',
      percnt: '%',
    }),
    ...Object.entries({ lpar: '(', rpar: ')', ast: '*', plus: '+', comma: ',', period: '.', sol: '/', colon: ':' }),
    ...Object.entries({
      semi: ';',
      equals: '=',
      quest: '?',
      commat: '@',
      lsqb: '[',
      lbrack: '[',
      bsol: '\\',
      rsqb: ']',
    }),
    ...Object.entries({
      rbrack: ']',
      Hat: '^',
      lowbar: '_',
      grave: '`',
      lcub: '{',
      lbrace: '{',
      vert: '|',
      verbar: '|',
    }),
    ...Object.entries({ rcub: '}', rbrace: '}', Tab: '\t', NewLine: '\n' }),
    ...LATIN_1.map((name, at) => [name, String.fromCharCode(0xa1 + at)] as const),
  ].map(([name, character]) => [name, character.codePointAt(0) ?? 0]),
);

const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27 };

/** The first bytes of the spelling of a character. */
export const SPELLING_STARTS = '%\\&';
/**
 * The characters that quoting puts around and before others in a shell, in JSON, and in each of them within another.
 */
export const QUOTING = `\\'"$`;

const HEX = '[0-9a-fA-F]';
const CODE_POINT = new RegExp(`^\\\\(?:[ux]\\{(${HEX}{1,6})\\}|u(${HEX}{4})|U(${HEX}{8}))$`);
const PAIR = /^\\u(d[89ab]..)\\u(d[c-f]..)$/i;
const ENTITY = /^&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,7}));$/;
/** Incomplete spellings. */
const BEGUN = [
  `%${HEX}?`,
  `\\\\(?:[0-3]?|[0-3][0-7])`,
  `\\\\x${HEX}?`,
  `\\\\[ux]\\{${HEX}{0,6}`,
  `\\\\u${HEX}{0,3}`,
  `\\\\U${HEX}{0,7}`,
  `\\\\u[dD][89abAB]${HEX}{2}(?:\\\\(?:u${HEX}{0,3})?)?`,
  '&#?[0-9]{0,7}',
  `&#[xX]${HEX}{0,6}`,
  '&[A-Za-z][A-Za-z0-9]{0,7}',
].join('|');
const UNFINISHED = new RegExp(`^(?:${BEGUN})$`);

/**
 * The bytes that a text spells: one character as written by URLs (`%2B`), HTML (`&#43;`, `&plus;`), JSON and
 * programming languages (`\u002B`, `\n`) and shells (`\303`). Mostly one reading; `\xe4` is a byte in one language and
 * a character in another.
 * @returns 'more' while the spelling is incomplete, an empty list for text that spells nothing
 */
export function readSpelling(text: string): 'more' | readonly Uint8Array[] {
  if (UNFINISHED.test(text)) return 'more';
  const byte = /^(?:%|\\x)([0-9a-fA-F]{2})$/.exec(text)?.[1];
  if (byte !== undefined) return readingsOfByte(Number.parseInt(byte, 16), text[0] === '\\');
  if (/^\\[0-3][0-7]{2}$/.test(text)) return [Uint8Array.of(Number.parseInt(text.slice(1), 8))];
  const control = text.length === 2 && text[0] === '\\' ? CONTROLS[text[1] ?? ''] : undefined;
  if (control !== undefined) return [Uint8Array.of(control)];
  const pair = PAIR.exec(text);
  if (pair !== null) return [utf8(...[pair[1], pair[2]].map((unit) => Number.parseInt(unit ?? '', 16)))];
  const [, braces, four, eight] = CODE_POINT.exec(text) ?? [];
  const [, decimal, hex, name] = ENTITY.exec(text) ?? [];
  const digits = braces ?? four ?? eight ?? hex;
  const point = digits === undefined ? (NAMES.get(name ?? '') ?? Number(decimal)) : Number.parseInt(digits, 16);
  return point <= 0x10ffff ? [utf8(point)] : [];
}

function readingsOfByte(byte: number, mayBeCharacter: boolean): Uint8Array[] {
  return mayBeCharacter && byte >= 0x80 ? [Uint8Array.of(byte), utf8(byte)] : [Uint8Array.of(byte)];
}

/** UTF-8 of code points, or of the two units of a surrogate pair. */
function utf8(...points: number[]): Uint8Array {
  return Buffer.from(points.map((point) => String.fromCodePoint(point)).join(''));
}

/** Every spelling of a character other than an ASCII letter or digit, and the character itself. */
function spellingsOf(character: string): string[] {
  const bytes = [...Buffer.from(character)];
  const each = (spell: (byte: number) => string) => bytes.map(spell).join('');
  const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at).toString(16).padStart(4, '0'));
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  const control = Object.keys(CONTROLS).filter((letter) => CONTROLS[letter] === point);
  const names = [...NAMES].filter(([, one]) => one === point).map(([name]) => `&${name};`);
  const inLowerCase = [
    each((byte) => `%${twoDigits(byte)}`),
    each((byte) => `\\x${twoDigits(byte)}`),
    `\\x${twoDigits(point)}`,
    units.map((unit) => `\\u${unit}`).join(''),
    `\\u{${hex}}`,
    `\\x{${hex}}`,
    `\\U${hex.padStart(8, '0')}`,
    `&#x${hex};`,
    `&#x${twoDigits(point)};`,
  ];
  return [
    character,
    ...inLowerCase,
    ...inLowerCase.map((text) => text.replace(/(?<=[%xu{U])[0-9a-f]+/g, (digits) => digits.toUpperCase())),
    each((byte) => `\\${byte.toString(8).padStart(3, '0')}`),
    `&#${point};`,
    ...control.map((letter) => `\\${letter}`),
    ...names,
    ...(character === ' ' ? ['+'] : []),
  ];
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The ways to write a character: their bytes, and the first and last of these. */
interface Ways {
  readonly spellings: readonly Uint8Array[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const WAYS = new Map<string, Ways>();

export function waysOf(character: string): Ways {
  const known = WAYS.get(character);
  if (known !== undefined) return known;
  const texts = /[A-Za-z0-9\ufffd]/.test(character) ? [character] : spellingsOf(character);
  const spellings = texts.map((text) => Buffer.from(text));
  const ways = {
    spellings,
    starts: [...new Set(spellings.map((one) => one[0] ?? 0))],
    ends: [...new Set(spellings.map((one) => one.at(-1) ?? 0))],
  };
  WAYS.set(character, ways);
  return ways;
}
