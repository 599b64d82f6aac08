/** Numbers from a seed, so that what was found can be found again. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state >>>= 0;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  }
}

const PAYLOADS = ['touch PWNED', '>PWNED', 'touch${IFS}PWNED', 'PWN'];
const AROUND = [
  ['$(', ')'],
  ['`', '`'],
  [';', ';'],
  ['\n', '\n'],
  ['|', ''],
  ['&&', ''],
  ['||', ''],
  ['&', '&'],
  ['"; ', '; "'],
  ["'; ", "; '"],
  ['"$(', ')"'],
  ["'$(", ")'"],
  ['<(', ')'],
  ['${x:-$(', ')}'],
  ['a[$(', ')]'],
  ['$((a[$(', ')]))'],
  ['\\$(', ')'],
  ['\nEOF\n', '\n'],
  ['\n\tEOF\n', '\n'],
  [')\n', '\n('],
  ['}; ', '; {'],
  [';; *) ', ';; esac'],
  ['"); rec(__import__("os").system("', '")); ("'],
  ['${require("child_process").execSync("', '")}'],
  ['{__import__("os").system("', '")}'],
  ['@{[`', '`]}'],
  ['#{`', '`}'],
  ['"; system("', '"); "'],
  ['/e; ', ' #'],
] as const;
const SIGNS =
  '" \' ` \\ $ * ? [a-z] {a,b} ~ ! !! # & | ; < > ( ) %s %n % \\n \\x41 \\0 = a=b - -- -T -e -n --help @ ^ , : / ../.. /etc/passwd EOF é Zoë 😀 \u202e \u2028 \u00a0 \u0085 \ufeff \u0001 \u0007 \u001b[31m \u007f 漢字 $1 $@ ${IFS} ${INPUT_X} $((1+1)) }} {{ true 1 42 -5 abc [ ] [[ ]] if fi done esac "" \'\' null {"a":1} HOME'.split(
    ' ',
  );
const WHOLE = [
  'PWN',
  'touch PWNED',
  'touch PWNED #',
  'eval touch PWNED',
  'a[$(touch PWNED)]',
  'x=$(touch PWNED)',
  '-oProxyCommand=touch PWNED',
  '1 -o -v a[$(touch PWNED)]',
  'e',
  'w PWNED',
  '1e touch PWNED',
  '',
  ' ',
  '\n',
  '-',
  '--',
  'true',
  'false',
  '0',
  '-1',
  '007',
  '1e3',
  'Done!',
  'why?',
  '#12',
  'Zoë',
  'https://e.com/?a=1&b=2',
  'it\'s "fine"',
  'a\n\n',
  ' a ',
  '$(touch PWNED)'.repeat(100),
  '\\'.repeat(101),
  "'".repeat(1_001),
  'é'.repeat(5_000),
];

/** Nothing in it is NUL. */
export function hostileValue(chance: Chance): string {
  const kind = chance.next();
  if (kind < 0.12) return chance.pick(WHOLE);
  if (kind < 0.18) return Array.from({ length: 1 + chance.below(20) }, () => anyCharacter(chance)).join('');
  if (kind < 0.24) return String(chance.below(2_000) - 500);
  return Array.from({ length: 1 + chance.below(6) }, () => fragment(chance)).join('');
}

function fragment(chance: Chance): string {
  if (chance.next() < 0.1) return chance.pick(['\n', '\t', ' ', '\r\n', '\\\n']);
  if (chance.next() < 0.6) return chance.pick(SIGNS);
  const [before, after] = chance.pick(AROUND);
  return before + chance.pick(PAYLOADS) + after;
}

function anyCharacter(chance: Chance): string {
  const from = chance.pick([1, 128, 0x800, 0x1_0000]);
  const size = from === 1 ? 127 : from === 128 ? 1_920 : from === 0x800 ? 0xcf_ff : 0xf_0000;
  return String.fromCodePoint(from + chance.below(size));
}
