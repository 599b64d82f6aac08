/** How a piece of output looks: classes of the style sheet, never colours of its own. */
export interface Look {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly struck: boolean;
  /** On a ground of another colour. */
  readonly ground: boolean;
}

export interface Piece {
  readonly text: string;
  readonly classes: string;
}

export const PLAIN: Look = {
  colour: '',
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  struck: false,
  ground: false,
};

const ESCAPE = '\u001b';
/**
 * What a terminal obeys (ECMA-48): control sequences, strings such as the name of a window, other escapes, control characters
 * but the tab; and what turns the direction of a text.
 */
const OBEYED = new RegExp(
  [
    `(?:${ESCAPE}\\[|\u009b)[0-?]*[ -\\/]*[@-~]?`,
    `(?:${ESCAPE}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u009c\n${ESCAPE}]*(?:\u0007|\u009c|${ESCAPE}\\\\)?`,
    `${ESCAPE}[ -\\/]*[0-~]?`,
    '[^\\P{Cc}\\t\\n]|[\\u202a-\\u202e\\u2066-\\u2069]',
  ].join('|'),
  'gu',
);
/** Most lines have nothing of it. */
const UNSEEN = /[^\P{Cc}\t]|[\u202a-\u202e\u2066-\u2069]/u;
const SGR = new RegExp(`^(?:${ESCAPE}\\[|\u009b)([0-9;:]*)m$`);

/** The pieces of a line by their looks, and the look in which the next line begins. Other sequences are left out. */
export function readLooks(line: string, begin: Look): { readonly pieces: readonly Piece[]; readonly end: Look } {
  let look = begin;
  let from = 0;
  const pieces: Piece[] = [];
  const add = (text: string) => {
    if (text !== '') pieces.push({ text, classes: classesOf(look) });
  };
  for (const found of line.matchAll(OBEYED)) {
    add(line.slice(from, found.index));
    from = found.index + found[0].length;
    const codes = SGR.exec(found[0])?.[1];
    if (codes !== undefined) look = lookAfter(look, codes);
    // Separate parts stay separate: what was printed in parts is masked in parts.
    else if (/\S/.test(line[found.index - 1] ?? ' ') && /\S/.test(line[from] ?? ' ')) add(' ');
  }
  add(line.slice(from));
  return { pieces, end: look };
}

export function plainText(line: string): string {
  if (!UNSEEN.test(line)) return line;
  return readLooks(line, PLAIN)
    .pieces.map(({ text }) => text)
    .join('');
}

function classesOf(look: Look): string {
  const { colour, bold, dim, italic, underline, struck, ground } = look;
  const names = { bold, dim, italic, underline, struck, ground };
  const on = Object.entries(names).filter(([, isOn]) => isOn);
  return [colour, ...on.map(([name]) => `a-${name}`)].filter((one) => one !== '').join(' ');
}

/** Dark and bright ones are one: the theme has one value for each that can be read on its ground. */
const COLOURS = ['faint', 'bad', 'ok', 'warn', 'blue', 'magenta', 'accent', ''] as const;

const SWITCHES: Readonly<Record<number, Partial<Look>>> = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { ground: true },
  9: { struck: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { ground: false },
  29: { struck: false },
  39: { colour: '' },
  49: { ground: false },
};

function lookAfter(before: Look, codes: string): Look {
  // `38:2::1:2:3` is one code with its parts, and `38;2;1;2;3` the same in five.
  const parts = codes.split(';').map((part) => part.split(':').map(Number));
  let look = before;
  while (parts.length > 0) {
    const [code = 0, ...own] = parts.shift() ?? [];
    if (code === 38 || code === 48) {
      const colour = own.length > 0 ? wideColour(own.length > 4 ? own.toSpliced(1, 1) : own) : wideColour(taken(parts));
      look = code === 48 ? { ...look, ground: true } : { ...look, colour };
    } else look = { ...look, ...changeBy(code, own[0]) };
  }
  return look;
}

/** The numbers of a wide colour, taken from the codes that follow. */
function taken(parts: number[][]): number[] {
  const count = parts[0]?.[0] === 2 ? 4 : 2;
  return parts.splice(0, count).map(([number = 0]) => number);
}

function changeBy(code: number, kind: number | undefined): Partial<Look> {
  if (code === 4 && kind === 0) return { underline: false };
  const known = SWITCHES[code];
  if (known !== undefined) return known;
  if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) return { colour: COLOURS[code % 10] ?? '' };
  return (code >= 40 && code < 48) || (code >= 100 && code < 108) ? { ground: true } : {};
}

/** `5;N` of 256, or `2;R;G;B`, as the nearest of ours. */
function wideColour([kind, ...numbers]: readonly number[]): string {
  if (kind === 2) return nearest(numbers);
  const [index = 7] = numbers;
  if (index < 16) return COLOURS[index === 8 ? 0 : index % 8] ?? '';
  if (index >= 232) return index < 244 ? 'faint' : '';
  const cube = index - 16;
  return nearest([Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51]);
}

function nearest([red = 0, green = 0, blue = 0]: readonly number[]): string {
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 48) return most < 140 ? 'faint' : '';
  const bit = (value: number) => (value > most * 0.6 ? 1 : 0);
  return COLOURS[bit(red) + 2 * bit(green) + 4 * bit(blue)] ?? '';
}
