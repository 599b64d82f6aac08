import { documentText, roughText } from '../syntax/cooked-text.ts';
import type { Command, Word } from '../syntax/shell-tree.ts';
import { cellsOf, type Flow } from './flow.ts';
import type { FollowedScript } from './followed-script.ts';
import { isUnknownText } from './loose-texts.ts';

/** Follows values into the script that a word of a command is. */
export function enterCode(word: Word, language: string, command: Command, script: FollowedScript): void {
  const { reader, limits, enter } = script;
  const behind = command.args.slice(command.args.indexOf(word) + 1);
  const isHere = language !== 'shell';
  const isFollowed = isHere && reader.tree.literal(word) !== undefined;
  for (const text of scriptsIn(word, script)) enter(text, [{ command, behind }], isFollowed ? 'followed' : 'hidden');
  if (!isHere && isUnknownText(word, script))
    limits.limit(reader.all(behind), 'run-text', 'a script that is not known reads it');
  if (isHere && NAMES_COMPUTED.test(roughText(word)))
    limits.limit(namedBy(word, script), 'integer', `${language} evaluates a name that is computed`);
  // `eval 'a' 'b'` runs `a b`.
  if (language === 'eval' && behind.length > 0 && command.args[0] === word)
    enter(command.args.map((arg) => (arg.type === 'Word' ? roughText(arg) : arg.text)).join(' '), [], 'hidden');
}

/** A variable, arithmetic or an index with a name of which some part is computed. */
const NAMES_COMPUTED = /\$\{?[!#]?\w*1|\(\([^)]*1|\[[^\]]*1/;

/** The variables that the expansions of a word name. */
function namedBy(word: Word, { reader, graph }: FollowedScript): Flow {
  const flow = reader.of(word);
  const names = [...flow.names, ...[...flow.cells].flatMap((cell) => [...graph.names.of(cell)])];
  return cellsOf(...names.flatMap((name) => graph.named(name)));
}

/** What a word may be as a script: with a number for what is expanded there, or what its variable holds. */
function scriptsIn(word: Word, { reader }: FollowedScript): readonly string[] {
  const constants = reader.assignments.constantsOf(word);
  return constants.length > 0 ? constants : [roughText(word)];
}

/** Documents that a command reads, as it gets them. */
export function documentsOf({ redirects }: Command): readonly string[] {
  return redirects.flatMap((one) => {
    if (one.type === 'HereString') return one.target === undefined ? [] : [roughText(one.target)];
    return one.type === 'HereDoc' ? [documentText(one)] : [];
  });
}
