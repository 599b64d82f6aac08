import { SHORTEST_FORM } from '../../masking/value-forms.ts';
import { SHORTEST_FOUND } from '../scanning/value-finder.ts';

const LONGEST_WORD = 20;
const LONGEST_NAME = 80;

/**
 * The most common values in published leaks, and placeholders from templates. Lower case, without characters around the
 * word.
 */
const COMMON = new Set(
  `123456 1234567 12345678 123456789 1234567890 abc123 abcdef abcdefgh admin admin123 administrator asdfgh asdfghjkl baseball
   changeit changeme changethis default dragon dummy example foobar football hunter2 iloveyou letmein login master monkey
   passw0rd password password1 password123 placeholder postgres princess qwerty qwerty123 qwertyuiop replaceme root secret
   secret123 shadow sunshine superman temp1234 test1234 testing todo trustno1 welcome welcome1 yourpassword yoursecret yourtoken`.split(
    /\s+/,
  ),
);

/** Warnings about a value when it is set, without its content. */
export function valueWarnings(name: string, value: Uint8Array): string[] {
  const warnings: string[] = [];
  if (value.length === 0) warnings.push('the value is empty');
  else if (value.length < SHORTEST_FORM)
    warnings.push(`the value is shorter than ${SHORTEST_FORM} bytes: it will not be masked in output`);
  else if (isGuessable(name, value)) warnings.push('the value is easy to guess');
  else if (isOrdinary(value))
    warnings.push(
      'the value is an ordinary word or name: `scan` and the pre-commit hook find it wherever a file has it, and `lockstep scan --help` says how to pass over that',
    );
  return [...warnings, ...unseenBytes(value)];
}

/** Texts that occur in files by chance: one word, or the name of a host. `scan` does not search for shorter ones. */
function isOrdinary(value: Uint8Array): boolean {
  if (value.length < SHORTEST_FOUND || value.length > LONGEST_NAME) return false;
  const text = Buffer.from(value).toString('latin1').trim();
  const isWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)$/.test(text) && text.length <= LONGEST_WORD;
  return isWord || /^(?:[a-z0-9-]{1,20}\.)+[a-z]{2,10}$/i.test(text);
}

/** Bytes that an editor does not show, and that make a server refuse a header, a password or a key. */
function unseenBytes(value: Uint8Array): string[] {
  const text = Buffer.from(value).toString('latin1');
  const isText = !text.includes('\0');
  const said: readonly (readonly [boolean, string])[] = [
    [text.startsWith('\xef\xbb\xbf'), 'the value begins with a byte order mark'],
    [/^(?:\xff\xfe|\xfe\xff)/.test(text), 'the value is UTF-16 text: most programs expect UTF-8'],
    [isText && /\r(?!\n)/.test(text), 'the value holds a carriage return that ends no line'],
    [isText && text.includes('\xc2\xa0'), 'the value holds a no-break space'],
    [isText && /(?:^[ \t])|(?:[ \t]$)/.test(text), 'the value begins or ends with a blank'],
    [isText && text.length > 1 && text.endsWith('\n'), 'the value ends in a line break, which is kept'],
  ];
  return said.flatMap(([holds, words]) => (holds ? [words] : []));
}

function isGuessable(name: string, value: Uint8Array): boolean {
  if (value.length > 200) return false;
  const text = Buffer.from(value).toString('latin1').trim().toLowerCase();
  const word = bare(text);
  return COMMON.has(text) || COMMON.has(word) || word === bare(name.toLowerCase()) || /^(.)\1*$/s.test(text);
}

/** `<change-me>!` is `changeme`. */
function bare(text: string): string {
  return text.replace(/[^a-z0-9]/g, '');
}
