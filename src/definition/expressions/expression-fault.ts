import { type Problem, problem } from '../../text/problem.ts';
import type { Range } from '../../text/source.ts';
import { didYouMean } from '../../text/suggestion.ts';
import type { WrittenText } from './written-text.ts';

/** A word or mark of an expression; `range` is in offsets into its text. */
export interface Token {
  readonly lexeme: string;
  readonly range: Range;
}

const EXAMPLE = "the language is that of GitHub Actions: ${{ args.name == 'x' && !args.dryRun }}";

export function emptyExpression({ at }: WrittenText): Problem {
  return problem('expression/syntax', 'the expression is empty', {
    at,
    hint: 'write one, such as ${{ args.name }}, or remove this',
  });
}

export function unknownFunction(token: Token, known: readonly string[], written: WrittenText): Problem {
  return problem('expression/unknown', `there is no function "${token.lexeme}"`, {
    at: written.part(token.range),
    hint: didYouMean(token.lexeme, known) ?? `the functions are: ${known.join(', ')}`,
  });
}

const ELSEWHERE: Readonly<Record<string, string>> = {
  inputs: 'arguments are called `args` here',
  needs: 'what a step gave is `steps.ID.outputs.NAME`',
  outputs: 'what a step gave is `steps.ID.outputs.NAME`',
  matrix: 'a step with `forEach` has `item` and `index`',
};

export function unknownContext(token: Token, known: readonly string[], written: WrittenText): Problem {
  const name = token.lexeme;
  if (name.toLowerCase() === 'secrets') return secretContext(token, written);
  const elsewhere = Object.hasOwn(ELSEWHERE, name.toLowerCase()) ? ELSEWHERE[name.toLowerCase()] : undefined;
  return problem('expression/unknown', `there is no context "${name}"`, {
    at: written.part(token.range),
    hint:
      elsewhere ?? didYouMean(name, known) ?? `begin with one of ${known.join(', ')}; or write a text without \${{ }}`,
  });
}

export const NO_SECRET = 'an expression never sees a secret';

function secretContext(token: Token, written: WrittenText): Problem {
  return problem('expression/unknown', NO_SECRET, {
    at: written.part(token.range),
    hint: secretHint(namedSecret(written.text) ?? 'NAME', written),
  });
}

/** The secret that an expression names as in GitHub Actions: `secrets.NAME`. */
export function namedSecret(expression: string): string | undefined {
  return /\bsecrets\.([A-Za-z][A-Za-z0-9_]*)\b/.exec(expression)?.[1];
}

function secretHint(secret: string, { text, use }: WrittenText): string {
  if (use === undefined)
    return `remove it here, list ${secret} under \`secrets:\`, and read "$${secret}" in the script`;
  if ('argument' in use)
    return `remove "${use.argument}" here and from the called tool, list ${secret} under \`secrets:\` of that tool, and read "$${secret}" in its script`;
  const { variable } = use;
  const isWhole = use.text.trim() === `\${{${text}}}` && text.trim() === `secrets.${secret}`;
  const request = secret === variable ? secret : `{name: ${secret}, env: ${variable}}`;
  return isWhole
    ? `remove ${variable} here, and list ${request} under \`secrets:\``
    : `remove ${variable} here, list ${secret} under \`secrets:\`, and put the text together in the script, with "$${secret}"`;
}

/**
 * @param said the library's message
 * @param culprit the token that the message blames, if any; a token that cannot be read is only in the message
 */
export function syntaxProblemText(
  said: string,
  culprit: Token | undefined,
  tokens: readonly Token[],
  written: WrittenText,
): Problem {
  const unclosed = /^Unexpected end/.test(said) ? lastUnclosed(tokens) : undefined;
  const blamed = unclosed ?? culprit ?? unreadToken(said);
  const at = blamed === undefined ? written.at : written.part(blamed.range);
  const lexeme = blamed?.lexeme ?? '';
  const say = (message: string, hint = EXAMPLE) => problem('expression/syntax', message, { at, hint });
  if (/ExceededMaxLength/.test(said)) return say('the expression is too long', 'compute the value in a step');
  if (/^Exceeded max expression depth/.test(said))
    return say('the expression is nested too deep', 'compute the value in a step');
  if (/^Too few/.test(said)) return say(`${lexeme}() needs more arguments than that`, exampleOf(lexeme));
  if (/^Too many/.test(said)) return say(`${lexeme}() takes fewer arguments than that`, exampleOf(lexeme));
  if (/^Even number/.test(said))
    return say(`${lexeme}() takes pairs of condition and value, and a last value for all else`, exampleOf(lexeme));
  if (/^Unexpected end/.test(said))
    return unclosed
      ? say('a ( is never closed', 'close it with )')
      : say(`something has to follow ${lexeme}`, `write a value after ${lexeme}, such as args.name`);
  if (lexeme === '') return say('the expression ends too early');
  return say(`${lexeme.length > 40 ? `${lexeme.slice(0, 40)}...` : lexeme} is not expected here`, hintFor(lexeme));
}

function unreadToken(said: string): Token | undefined {
  const [, lexeme, position] = /^Unexpected symbol: '(.*)'\. Located at position (\d+) within/s.exec(said) ?? [];
  if (lexeme === undefined) return undefined;
  const start = Number(position) - 1;
  return { lexeme, range: { start, end: start + lexeme.length } };
}

function lastUnclosed(tokens: readonly Token[]): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.lexeme === '(') open.push(token);
    else if (token.lexeme === ')') open.pop();
  }
  return open.at(-1);
}

function hintFor(lexeme: string): string {
  if (lexeme.startsWith('"')) return "text goes in single quotes: 'x'";
  if (lexeme.startsWith("'")) return "close the text with '; a ' within it is written ''";
  if (lexeme.startsWith('=')) return 'equality is written ==';
  if (lexeme.startsWith('&') || lexeme.startsWith('|')) return 'write && or ||';
  if (/^[+\-*/%]/.test(lexeme)) return 'there is no arithmetic: compute the value in a step';
  if (lexeme.startsWith('.')) return 'write one dot between two names, as in args.name';
  if (/^\w/.test(lexeme)) return 'write an operator before it: ==, !=, <, >, && or ||';
  return EXAMPLE;
}

const CALLS = [
  "contains(args.list, 'x')",
  "startsWith(args.name, 'x')",
  "endsWith(args.name, 'x')",
  "format('{0} and {1}', args.one, args.two)",
  "join(args.list, ', ')",
  'toJSON(args.list)',
  'fromJSON(steps.ID.outputs.NAME)',
  "case(args.ready, 'yes', 'no')",
];

function exampleOf(name: string): string {
  const call = CALLS.find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}(`));
  return call === undefined ? `write ${name}()` : `for example ${call}`;
}
