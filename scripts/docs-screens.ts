/**
 * `npm run docs:screens`: the pictures of the documentation. It runs the built program on the tool of docs/getting-started.md,
 * with a vault and values that are thrown away, and draws what came out. A picture that differs in times only stays as it is.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const root = join(import.meta.dirname, '..');
/** Throw-away values: the picture has to show neither. They stay the same, because a signature is shown. */
export const VALUES = { SIGNING_KEY: 'a-key-that-signs-nothing', REGISTRY_TOKEN: 'a-token-that-opens-nothing' };
const SHOWN = [
  ['plan', 'release', '--arg', 'version=1.2.0'],
  ['run', 'release', '--arg', 'version=1.2.0'],
];

/** Page -> text. */
export function screens(): Readonly<Record<string, string>> {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-screens-'));
  try {
    const repository = exampleRepository(place);
    const lockstep = program(place, repository);
    lockstep(['init', '--member', 'ada']);
    for (const [name, value] of Object.entries(VALUES)) lockstep(['secret', 'set', name], value);
    const shown = SHOWN.map((args) => `\u001b[1m$ lockstep ${args.join(' ')}\u001b[22m\n${lockstep(args)}`);
    return { 'docs/images/run.svg': svgOf('Lockstep plans and runs a tool', shown.join('\n')) };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The picture without what differs between two runs: times, and the order of steps that run beside each other. */
export function timeless(svg: string): string {
  const lines = svg.replaceAll(/ y="\d+"/g, '').replaceAll(/\d+(?:\.\d+)? s\b/g, 'T s');
  return lines.split('\n').sort().join('\n');
}

function exampleRepository(place: string): string {
  const page = readFileSync(join(root, 'docs/getting-started.md'), 'utf8');
  const [, path = '', text = ''] = /^```yaml\n# (tools\/\S+)\n(.*?)^```$/ms.exec(page) ?? [];
  const file = join(place, 'repository', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return join(place, 'repository');
}

/** Runs the built program in the repository; returns both its streams in one, with colours. */
function program(place: string, repository: string): (args: readonly string[], input?: string) => string {
  const env = {
    PATH: process.env.PATH,
    HOME: place,
    LOCKSTEP_STATE_DIR: join(place, 'state'),
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    LANG: 'C.UTF-8',
    FORCE_COLOR: '1',
  };
  const call = ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, join(root, 'bin/lockstep.js')];
  return (args, input = '') =>
    execFileSync('sh', [...call, ...args], { cwd: repository, env, input, encoding: 'utf8' });
}

const COLUMN = 8.43;
const ROW = 20;
const MARGIN = 20;
const HEAD = 34;
/** Class -> colour on a light and on a dark ground, each with a contrast of 4.5 or more. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  plain: ['#1f2328', '#e6edf3'],
  dim: ['#59636e', '#9198a1'],
  red: ['#b3261e', '#ff7b72'],
  green: ['#116329', '#56d364'],
  yellow: ['#7d4e00', '#e3b341'],
  blue: ['#0550ae', '#79c0ff'],
  magenta: ['#8250df', '#d2a8ff'],
  cyan: ['#0f6b75', '#56d4dd'],
};
const ESCAPE = '\u001b';
/** What a program tells a terminal. */
const SEQUENCE = new RegExp(`(${ESCAPE}\\[[^A-Za-z]*[A-Za-z])`);
/** What a sequence of the terminal begins; 0, 22 and 39 end. */
const STYLES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
  90: 'dim',
};

/**
 * A picture of a terminal, for light and dark grounds.
 * @param output what was printed, with colours
 * @throws Error where a sequence is neither a colour nor bold
 */
export function svgOf(title: string, output: string): string {
  const lines = output.trimEnd().split('\n');
  const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [width, height] = [Math.ceil(columns * COLUMN) + 2 * MARGIN, HEAD + lines.length * ROW + MARGIN];
  const rows = lines.map((line, at) => {
    const text = spans(line);
    return text === ''
      ? ''
      : `<text x="${MARGIN}" y="${HEAD + ROW * (at + 1) - 5}" xml:space="preserve">${text}</text>\n`;
  });
  const dots = [20, 40, 60].map((x) => `<circle cx="${x}" cy="19" r="6"/>`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
${css()}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${dots}
${rows.join('')}</svg>
`;
}

function css(): string {
  const rules = (column: 0 | 1) =>
    Object.entries(COLOURS).map(
      ([name, pair]) => `${name === 'plain' ? 'text' : `.${name}`} { fill: ${pair[column]} }`,
    );
  return `text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
.bold { font-weight: 600 }
rect { fill: #f6f8fa; stroke: #d1d9e0 }
circle { fill: #d1d9e0 }
${rules(0).join('\n')}
@media (prefers-color-scheme: dark) {
rect { fill: #0d1117; stroke: #3d444d }
circle { fill: #3d444d }
${rules(1).join('\n')}
}`;
}

/** One line; each stretch of one style is a `tspan`. */
function spans(line: string): string {
  const active = new Set<string>();
  return line
    .split(SEQUENCE)
    .map((piece) => {
      if (piece.startsWith(ESCAPE)) restyle(active, piece);
      if (piece === '' || piece.startsWith(ESCAPE)) return '';
      return active.size === 0 ? escaped(piece) : `<tspan class="${[...active].join(' ')}">${escaped(piece)}</tspan>`;
    })
    .join('');
}

function restyle(active: Set<string>, sequence: string): void {
  const [, codes] = /^.\[([\d;]*)m$/.exec(sequence) ?? [];
  for (const code of (codes ?? 'unknown').split(';')) {
    const style = STYLES[code];
    if (style !== undefined) active.add(style);
    else if (code === '22') for (const one of ['bold', 'dim']) active.delete(one);
    else if (code === '39') for (const one of Object.keys(COLOURS)) active.delete(one);
    else if (code === '0' || code === '') active.clear();
    else throw new Error(`the picture cannot show ${JSON.stringify(sequence)}`);
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

if (import.meta.main)
  for (const [page, svg] of Object.entries(screens())) {
    const path = join(root, page);
    mkdirSync(dirname(path), { recursive: true });
    if (timeless(readFileSync(path, { encoding: 'utf8', flag: 'a+' })) !== timeless(svg)) writeFileSync(path, svg);
  }
