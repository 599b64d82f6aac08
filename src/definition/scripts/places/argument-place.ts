import { limitIn } from '../flow/command-sinks.ts';
import { ARITHMETIC } from '../flow/followed-script.ts';
import type { Literal } from '../languages/literal.ts';
import type { Role } from '../programs/command-words.ts';
import { isPlainArgument } from '../programs/plain-argument.ts';
import { roughText } from '../syntax/cooked-text.ts';
import { isInSubstitution, isWithinQuotes } from '../syntax/inner-quotes.ts';
import type { Command, Word } from '../syntax/shell-tree.ts';
import type { Limit } from '../template/limits.ts';
import { type HoleContext, type Place, placeAt, quoteName, refusedAt } from './place.ts';

export const CHOOSES_COMMAND = 'it would choose the command that is run';

/** A hole in a word of a command. */
export function argumentPlace(on: HoleContext, word: Word, command: Command): Place {
  if (command.name === word) {
    if (on.whole && on.analysis.limitsOf(on.hole).length === 0) return placeAt(on, 'command', 'boolean');
    return refusedAt(on, 'command', CHOOSES_COMMAND);
  }
  const role = on.analysis.rolesOf(command).get(word) ?? { is: 'data' };
  switch (role.is) {
    case 'program':
      return refusedAt(on, 'program to run', 'it would choose the program that is run');
    case 'name':
      return refusedAt(on, 'name of a variable', 'it would name a variable');
    case 'code':
      return codePlace(on, word, role);
    case 'integer':
      return placeAt(on, 'arithmetic', 'reference', { limits: [{ limit: 'integer', because: ARITHMETIC }] });
    case 'format':
      return placeAt(on, 'format of printf', 'reference', {
        limits: [{ limit: 'no-format', because: 'printf reads it as a format' }],
      });
    default:
      return dataPlace(on, word, command, role.is);
  }
}

function dataPlace(on: HoleContext, word: Word, command: Command, is: 'data' | 'operand' | 'free'): Place {
  const { tree } = on.analysis;
  const structure = on.texts.structure(word)(on.hole);
  if (!on.whole) {
    const where = structure.form === 'json' ? 'JSON in quotes' : quoteName(on.quote);
    return placeAt(on, where, 'reference', structure);
  }
  const name = tree.literal(command.name);
  if (name === '[' || name === 'test') return placeAt(on, 'operand of [', 'reference', structure);
  if (is === 'free') return placeAt(on, 'whole word that is only shown', 'reference', structure);
  return placeAt(on, isLastOfPlainWords(on, word, command) ? LAST_WORD : 'whole word', 'words');
}

export const LAST_WORD = 'last of plain words';

/** `aws {{ .command }}`: all else in the command are plain words, none of them an option. */
function isLastOfPlainWords(on: HoleContext, word: Word, command: Command): boolean {
  const isPlain = (arg: Command['args'][number]) =>
    arg.type === 'Word' &&
    arg.parts === undefined &&
    /^[A-Za-z][\w-]*$/.test(arg.text) &&
    !on.analysis.tree.marker.isIn(arg.text);
  return (
    command.args.at(-1) === word &&
    command.name?.parts === undefined &&
    command.args.every((arg) => arg === word || isPlain(arg))
  );
}

/** A longer one takes only numbers. */
const LONGEST_PROGRAM = 50_000;

function codePlace(on: HoleContext, word: Word, role: Extract<Role, { is: 'code' }>): Place {
  const { language } = role;
  const { marker } = on.analysis.tree;
  const nested = language === 'shell' && role.local ? nestedPlace(on, word) : undefined;
  if (nested !== undefined) return nested;
  const literal = language === 'python' ? on.texts.python(word).get(on.hole) : undefined;
  if (literal !== undefined) return literalAt(on, literal);
  const mark = marker.of(on.hole);
  const isShort = word.end - word.pos < LONGEST_PROGRAM;
  const text = isShort ? roughText(word) : '';
  const because = `${language} reads it as a program`;
  const limited = (limit: Limit) =>
    placeAt(on, `program of ${language}`, 'reference', { limits: [{ limit, because }] });
  if (language === 'sed') return limited(isInSubstitution(text, mark) ? 'plain' : 'integer');
  switch (limitIn(language)) {
    case 'shell-word':
      return limited(isPlainArgument(text, marker, on.hole) ? 'shell-word' : 'integer');
    case 'run-text':
      return limited('run-text');
    case 'plain':
      return limited(isWithinQuotes(text, mark) ? 'plain' : 'integer');
    default:
      return limited('integer');
  }
}

/** The script of `sh -c` in quotes: a reference of the inner shell, escaped for the quotes around it. */
function nestedPlace(on: HoleContext, word: Word): Place | undefined {
  const [only, ...others] = word.parts ?? [];
  if (only === undefined || others.length > 0) return undefined;
  const isPlainDouble = only.type === 'DoubleQuoted' && only.parts.every((part) => part.type === 'Literal');
  if (only.type !== 'SingleQuoted' && !isPlainDouble) return undefined;
  const place = on.texts.script(word)?.get(on.hole);
  if (place === undefined || (place.how !== 'reference' && place.how !== 'words') || place.form === 'json')
    return undefined;
  if (only.type === 'SingleQuoted' && place.write('V').includes("'")) return undefined;
  const write =
    only.type === 'SingleQuoted' ? place.write : (name: string) => place.write(name).replace(/[\\"$`]/g, '\\$&');
  return placeAt(on, 'script of sh -c', 'reference', { write, limits: place.limits });
}

/** The place inside the other language decides; what a variable brings to a sink counts as ever. */
export function literalAt(on: HoleContext, literal: Literal): Place {
  const place = placeAt(on, 'text of Python in the shell', 'literal');
  const flowing = on.analysis.limitsOf(on.hole).filter(({ by }) => by !== undefined);
  const escaped = (text: string) => (on.quote === 'DoubleQuoted' ? text.replace(/[\\"$`]/g, '\\$&') : text);
  const write = (value: string) => escaped(literal.write(value));
  return { ...place, limits: [...flowing, ...(literal.limits ?? [])], literal: { ...literal, write } };
}
