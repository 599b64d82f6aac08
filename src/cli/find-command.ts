import type { Command } from './command.ts';

/** What a command line asks for, before its flags are read. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly argv: readonly string[] }
  /** `words` name a command or a topic; empty means everything. */
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'unknown'; readonly words: readonly string[] };

const HELP = new Set(['--help', '-h']);

/** The longest run of leading words that names a command wins. `-C DIR` and `--json` may stand before it. */
export function findCommand(argv: readonly string[], table: readonly Command[]): Request {
  if (argv[0] === '--version' || argv[0] === '-V') return findCommand(['version', ...argv.slice(1)], table);
  const { before, after } = liftLeadingFlags(argv);
  const words = leadingWords(after);
  if (words[0] === 'help') return findHelp(words.slice(1), table);
  if (asksForHelp(argv)) return findHelp(words, table);
  const command = longestMatch(words, table);
  if (command !== undefined) {
    return { kind: 'command', command, argv: [...before, ...after.slice(command.name.split(' ').length)] };
  }
  const rest = after.slice(words.length, words.length + 1);
  return words.length === 0 && rest.length > 0 ? { kind: 'unknown', words: rest } : findHelp(words, table);
}

function findHelp(words: readonly string[], table: readonly Command[]): Request {
  const command = longestMatch(words, table);
  if (command !== undefined) return { kind: 'help', words: command.name.split(' ') };
  const isTopic = words.length < 2 && (words.length === 0 || table.some(({ name }) => name.startsWith(`${words[0]} `)));
  return isTopic ? { kind: 'help', words } : { kind: 'unknown', words };
}

function longestMatch(words: readonly string[], table: readonly Command[]): Command | undefined {
  for (let length = Math.min(words.length, 3); length > 0; length--) {
    const name = words.slice(0, length).join(' ');
    const found = table.find((command) => command.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function asksForHelp(argv: readonly string[]): boolean {
  for (const word of argv) {
    if (word === '--') return false;
    if (HELP.has(word)) return true;
  }
  return false;
}

function leadingWords(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'));
  return end === -1 ? argv : argv.slice(0, end);
}

/** `lockstep -C DIR run` reads as `lockstep run -C DIR`. */
function liftLeadingFlags(argv: readonly string[]): { before: readonly string[]; after: readonly string[] } {
  let at = 0;
  for (let word = argv[at]; word !== undefined; word = argv[at]) {
    if (word === '-C' || word === '--directory') at += 2;
    else if (word === '--json' || word.startsWith('--directory=') || /^-C./.test(word)) at += 1;
    else break;
  }
  return { before: argv.slice(0, at), after: argv.slice(at) };
}
