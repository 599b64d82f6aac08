import type { ScriptLanguage } from '../../../src/definition/scripts/template/script-language.ts';
import { splitWords } from '../../../src/definition/scripts/template/split-words.ts';

/** A script with holes `@`, and what `rec` then gets. */
export interface FuzzPlace {
  readonly script: string;
  readonly words?: 'one' | 'many' | 'options';
  /** Undefined: nothing is said of what arrives, as where only numbers are taken. */
  readonly expected?: (value: string) => readonly string[];
  readonly only?: 'bash';
  readonly language?: ScriptLanguage;
}

const same = (value: string) => [value];
const bar = (value: string) => [`${value}|`];
const words = (value: string) => {
  const found = splitWords(value);
  return 'fault' in found ? [] : found;
};
const oneWord = (value: string) => (value === '' ? [] : [value]);

const TEXTS: readonly (readonly [script: string, expected: (value: string) => readonly string[]])[] = [
  ['rec "@"', same],
  ["rec '@'", same],
  ['rec "a @ b"', (v) => [`a ${v} b`]],
  ["rec 'a @ b'", (v) => [`a ${v} b`]],
  ['rec a@b', (v) => [`a${v}b`]],
  ['set -f; rec x*@*', (v) => [`x*${v}*`]],
  ['rec --name=@', (v) => [`--name=${v}`]],
  ['v=@; rec "$v"', same],
  ['v=a@"b"; rec "$v"', (v) => [`a${v}b`]],
  ['v=\'@\'; rec "$v"', same],
  ['v=@ true; v="@"; rec "$v"', same],
  ['export V="x@"; rec "$V"', (v) => [`x${v}`]],
  ['f() { local v="@"; rec "$v"; }; f', same],
  ['v=$(cat <<EOF\n[@] "q" \'s\nEOF\n); rec "$v"', (v) => [`[${v}] "q" 's`]],
  ['v=$(cat <<\'EOF\'\n$HOME `x` \\ \\$ [@] $\n\\\nEOF\n); rec "$v"', (v) => [`$HOME \`x\` \\ \\$ [${v}] $\n\\`]],
  ['v=$(cat <<-EOF\n\t[@]\n\tEOF\n); rec "$v"', (v) => [`[${v}]`]],
  ['v=$(cat <<-"EOF"\n\t$x[@]\n\tEOF\n); rec "$v"', (v) => [`$x[${v}]`]],
  ['v="$(cat <<EOF\n@\nEOF\necho .)"; rec "$v"', (v) => [`${v}\n.`]],
  ['rec "$(cat <<EOF\n"@" )\nEOF\n)"', (v) => [`"${v}" )`]],
  ['rec "$(printf \'%s|\' "@")"', bar],
  ["rec \"$(printf '%s|' '@')\"", bar],
  ['v=`printf \'%s|\' "@"`; rec "$v"', bar],
  ['rec "`printf \'%s|\' a@`"', (v) => [`a${v}|`]],
  ['rec "${UNSET:-@}"', same],
  ['v=${UNSET:-@}; rec "$v"', same],
  ['rec ${UNSET:-a@}', (v) => [`a${v}`]],
  ['rec ${UNSET:-"@"}', same],
  ['rec "${UNSET:-${UNSET2:-x@}}"', (v) => [`x${v}`]],
  ['S=1; rec "${S:+@}"', same],
  ['v=$(cat <<EOF\n[${UNSET:-@}]\nEOF\n); rec "$v"', (v) => [`[${v}]`]],
  ['v="abc@"; rec "${v%@}"', () => ['abc']],
  ['v="@abc"; rec "${v#"@"}"', () => ['abc']],
  ['case "@" in @) rec yes;; *) rec no;; esac', () => ['yes']],
  ['case "x@y" in "x@"*) rec yes;; *) rec no;; esac', () => ['yes']],
  ['for i in "@"; do rec "$i"; done', same],
  ['[ "@" = "@" ] && rec yes || rec no', () => ['yes']],
  ['if [ -n "x@" ]; then rec "@"; fi', same],
  ['f() { rec "$1" "$2"; }; f "@" \'y@\'', (v) => [v, `y${v}`]],
  ['v=$(sh -c \'printf "%s|" "@"\'); rec "$v"', bar],
  ['v=$(sh -c "printf \'%s|\' \\"@\\""); rec "$v"', bar],
  ['v=$(sh -c "printf \'%s|\' \'@\'"); rec "$v"', bar],
  ['eval "rec a@"', (v) => [`a${v}`]],
  ['c="rec a@"; eval "$c"', (v) => [`a${v}`]],
  ['f() { rec $1; }; f "@"', oneWord],
  ['v="@"; rec $v', oneWord],
  ['# @\nrec x', () => ['x']],
];

const BASH: readonly (readonly [script: string, expected: (value: string) => readonly string[]])[] = [
  ['v="[@]"; rec "${v/@/z}"', (v) => [v === '' ? '[]' : '[z]']],
  ['v="abc"; rec "${v/b/@}"', (v) => [`a${v}c`]],
  ['[[ "@" == @ ]] && rec yes || rec no', () => ['yes']],
  ['[[ x@ =~ ^x@$ ]] && rec yes || rec no', () => ['yes']],
  ["rec $'a\\'@\\tb'", (v) => [`a'${v}\tb`]],
  ['rec $"a@"', (v) => [`a${v}`]],
  ['v=$(cat <<< "@|"); rec "$v"', bar],
  ['v=$(cat <(printf "%s|" "@")); rec "$v"', bar],
  ['a=("@" x@); rec "${a[0]}" "${a[1]}"', (v) => [v, `x${v}`]],
];

/** Where less than text is taken, or nothing: what gets through may run nothing. */
const GUARDED: readonly string[] = [
  'rec "$(( @ + 1 ))" 2> /dev/null; rec x',
  'n="@"; rec "$((n + 1))"; rec x',
  ': "${n:=@}"; rec "$((n))"; rec x',
  'g() { echo "@"; }; n=$(g); rec "$((n))"; rec x',
  '[ "@" -gt 3 ] 2> /dev/null; rec x',
  'v=$(sh -c "@" 2> /dev/null); rec x',
  'c="@"; eval "$c" 2> /dev/null; rec x',
  'eval "$(echo "@")" 2> /dev/null; rec x',
  'c="@"; $c 2> /dev/null; rec x',
  'trap "@" USR1; trap - USR1; rec x',
  '@ 2> /dev/null; rec x',
  'x@=1 2> /dev/null; rec x',
  '(PATH="@:$PATH"; ls > /dev/null); rec x',
  '. "./@" 2> /dev/null; rec x',
  'v=$(printf abc | sed "s/b/@/"); rec x',
  'v=$(printf "touch PWNED\\n" | sed "s/q/q/@" 2> /dev/null); rec x',
  'v=$(printf "touch PWNED\\n" | sed -n -e "@" 2> /dev/null); rec x',
  'v=$(awk "BEGIN { print \\"@\\" }" 2> /dev/null < /dev/null); rec x',
  'v=$(awk "BEGIN { @ }" 2> /dev/null < /dev/null); rec x',
  'v=$(perl -e "print \'@\'" 2> /dev/null); rec x',
  'v=$(ruby -e "puts \'@\'" 2> /dev/null); rec x',
  'v=$(python3 -c "print(\'@\')" 2> /dev/null); rec x',
  'v=$(node -e "f(\'@\')" 2> /dev/null); rec x',
  'echo "@" > job; sh job 2> /dev/null; rec x',
  'echo "@" | sh 2> /dev/null; rec x',
  'f() { sh 2> /dev/null; }; echo "@" | f; rec x',
  'echo "@" | xargs -I{} sh -c "echo {}" > /dev/null 2>&1; rec x',
  'sh <<EOF 2> /dev/null\necho @\nEOF\nrec x',
];

const GUARDED_IN_BASH: readonly string[] = [
  '((i = @)); rec x',
  'let "i=@"; rec x',
  '[[ @ -gt 5 ]]; rec x',
  'r="@"; [[ $r -gt 5 ]]; rec x',
  'read -r r <<< "@"; ((r)); rec x',
  'a=(p q); i="@"; rec "${a[i]:-none}"; rec x',
  's=abcdef; rec "${s:@:1}"; rec x',
  'declare -i n; n="@"; rec x',
  'n="@"; v="${!n}" 2> /dev/null; rec x',
  'printf -v "@" x 2> /dev/null; rec x',
  'n="@"; [ -v "$n" ]; rec x',
  '(PS4="@"; set -x; :) 2> /dev/null; rec x',
  'declare -n r=n; r="@"; ((n)); rec x',
  'f() { n=$1; }; f "@"; ((n)); rec x',
];

export const SHELL_PLACES: readonly FuzzPlace[] = [
  ...TEXTS.map(([script, expected]) => ({ script, expected })),
  ...BASH.map(([script, expected]) => ({ script, expected, only: 'bash' as const })),
  ...GUARDED.map((script) => ({ script })),
  ...GUARDED_IN_BASH.map((script) => ({ script, only: 'bash' as const })),
  { script: 'rec @', words: 'one', expected: oneWord },
  { script: 'rec @', words: 'options', expected: words },
  { script: 'rec @ z', words: 'many', expected: (value) => [...words(value), 'z'] },
  { script: 'for i in @; do rec "$i"; done; rec end', words: 'options', expected: (value) => [...words(value), 'end'] },
];

export const PYTHON_PLACES: readonly FuzzPlace[] = [
  ['rec("@")', same],
  ["rec('@')", same],
  ['rec("""a @ b""")', (v: string) => [`a ${v} b`]],
  ["rec(r'@')", same],
  ['rec(f"@{1}")', (v: string) => [`${v}1`]],
  ["rec(rf'@{1}')", (v: string) => [`${v}1`]],
  ['rec(b"@".decode())', same],
  ['rec(list({"@": 1})[0])', same],
  ['rec("a" "@")', (v: string) => [`a${v}`]],
  ['# @\nrec("x")', () => ['x']],
].map(([script, expected]) => ({ script, expected, language: 'python' }) as FuzzPlace);

export const NODE_PLACES: readonly FuzzPlace[] = [
  ['rec("@")', same],
  ["rec('@')", same],
  ['rec(`a @ b`)', (v: string) => [`a ${v} b`]],
  ['rec(Object.keys({"@": 1})[0])', same],
  ['rec(`${"@"}`)', same],
  ['/* @ */ rec("x")', () => ['x']],
].map(([script, expected]) => ({ script, expected, language: 'node' }) as FuzzPlace);

/** Languages that are not read: a number gets through, and nothing else. */
export const OTHER_PLACES: readonly FuzzPlace[] = [
  { script: 'x = "@"' },
  { script: "x = '@'" },
  { script: 'x = @' },
].map((place) => ({ ...place, language: 'other' }));
