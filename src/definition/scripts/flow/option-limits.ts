import { cookedText } from '../syntax/cooked-text.ts';
import type { Command, Word } from '../syntax/shell-tree.ts';
import type { FollowedScript } from './followed-script.ts';

/** A value must not begin an option of the program, nor complete the name of one. */
export function limitOption(word: Word, command: Command, { reader, limits }: FollowedScript): void {
  const { tree } = reader;
  const name = tree.literal(command.name) ?? 'the program';
  limits.limitStart(reader.first(word), `${name} would take it for an option`);
  if (!/^["']?-/.test(word.text)) return;
  const text = cookedText(word, () => tree.marker.prefix) ?? '';
  const [before = ''] = text.split(tree.marker.prefix);
  const because = `it would be part of the name of an option of ${name}`;
  if (before === '-') limits.limit(reader.of(word), 'integer', because);
  else if (/^--[\w-]*$/.test(before)) limits.limit(reader.of(word), 'run-text', because);
}
