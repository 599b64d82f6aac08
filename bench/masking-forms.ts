import { execFileSync } from 'node:child_process';

/** Made up. The first has what the forms write each in their own way; none of the programs expands anything in them. */
export const SECRETS = {
  TOKEN: `p&ss"w'rd <a b>/ü+42=zz?Q9`,
  KEY: 'a first line of 7Jw2/Xq+ and more\nthe second: 5hQz+T/e and more\nthe third, k9Lm=W4 and more',
} as const;

/** One way in which a program may print a secret: the secret alone, for words around it would be taken for a leak. */
export interface Form {
  readonly secret: keyof typeof SECRETS;
  /** What is written, in pieces: the program waits a while between two. */
  readonly pieces: (value: string) => readonly string[];
}

const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

const buffer = (text: string) => Buffer.from(text, 'utf8');
const token = (write: (value: string) => string): Form => ({ secret: 'TOKEN', pieces: (value) => [write(value)] });
const key = (write: (value: string) => string): Form => ({ secret: 'KEY', pieces: (value) => [write(value)] });

/** The last four are what the README says that Lockstep does not find. */
export const FORMS: Readonly<Record<string, Form>> = {
  'as it is': token((value) => value),
  'in two pieces, 50 ms apart': { secret: 'TOKEN', pieces: (value) => [value.slice(0, 12), value.slice(12)] },
  'several lines, all of them': key((value) => value),
  'several lines, one of them': key((value) => value.split('\n')[1] ?? ''),
  base64: token((value) => buffer(value).toString('base64')),
  'base64 after 1 byte': token((value) => buffer(`x${value}`).toString('base64')),
  'base64 after 2 bytes': token((value) => buffer(`xy${value}`).toString('base64')),
  'base64 in lines of 76': key((value) => buffer(value).toString('base64').replace(/.{76}/g, '$&\n')),
  base64url: token((value) => buffer(value).toString('base64url')),
  hex: token((value) => buffer(value).toString('hex')),
  URL: token(encodeURIComponent),
  JSON: token((value) => JSON.stringify(value)),
  'JSON within JSON': token((value) => JSON.stringify(JSON.stringify(value))),
  HTML: token((value) =>
    value.replace(/[&<>"']/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] ?? '&#39;'),
  ),
  "shell, as bash's printf %q": token((value) => bash('printf %q "$1"', value)),
  "shell, as bash's set -x": token((value) => bash('exec 2>&1; set -x; : "$1"', value)),
  'colours before and after': token((value) => `${RED}${value}${PLAIN}`),
  'colours inside': token((value) => `${value.slice(0, 8)}${RED}${value.slice(8, 16)}${PLAIN}${value.slice(16)}`),
  'base64 of base64': token((value) => buffer(buffer(value).toString('base64')).toString('base64')),
  reversed: token((value) => [...value].reverse().join('')),
  'in capitals': token((value) => value.toUpperCase()),
};

/** The same bytes wherever this is called: not by the caller's locale, nor with a word of the caller's start-up file. */
function bash(script: string, value: string): string {
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' };
  return execFileSync('bash', ['--norc', '-c', script, 'bash', value], { env, encoding: 'utf8' }).trimEnd();
}

/** Without its colours, as a person sees it. */
const seen = (output: string) => output.replaceAll(RED, '').replaceAll(PLAIN, '');

/** So much of a secret is a leak. Some programs show its first letters on purpose. */
const RECOGNIZABLE = 8;

/** Whether enough of the secret stands in the output, in the form in which it was written. */
export function leaks({ secret, pieces }: Form, output: string): boolean {
  const written = seen(pieces(SECRETS[secret]).join(''));
  const shown = seen(output);
  for (let at = 0; at + RECOGNIZABLE <= written.length; at += 1)
    if (shown.includes(written.slice(at, at + RECOGNIZABLE))) return true;
  return false;
}
