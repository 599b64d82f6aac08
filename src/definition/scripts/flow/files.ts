import { baseName } from '../../../util/paths.ts';
import { type Assignments, variableIn } from '../programs/assignments.ts';
import { CODE_FILE } from '../programs/programs.ts';
import type { ShellTree, Word } from '../syntax/shell-tree.ts';
import { ANY_FILE, EVERYTHING, SOME_FILE, STREAM } from './cells.ts';

/**
 * The cell of a file that is written. A file is known by the last part of its name, for folders have several; where that is
 * worked out, the file may be any.
 */
export function fileWritten(word: Word, tree: ShellTree, assignments: Assignments): string {
  if (isOpenFile(word.text)) return STREAM;
  const name = nameOf(word, tree, assignments);
  return name === undefined ? `${SOME_FILE}${endOf(word, tree)}` : `/${name}`;
}

/** The cells that a file may hold the content of. */
export function filesRead(word: Word, tree: ShellTree, assignments: Assignments): readonly string[] {
  if (isOpenFile(word.text)) return [STREAM];
  const name = nameOf(word, tree, assignments);
  if (name === undefined) return [ANY_FILE];
  if (/^(?:environ|self)$/.test(name)) return [EVERYTHING];
  return name.startsWith('$') ? [`/${name}`] : [`/${name}`, SOME_FILE, `${SOME_FILE}${/\.\w+$/.exec(name)?.[0] ?? ''}`];
}

/** The end of a computed name, where that is written down: `"$name.json"` is one of those files. */
function endOf(word: Word, tree: ShellTree): string {
  return /\.\w+$/.exec(lastLiteral(word, tree))?.[0] ?? '';
}

/** The text that a word ends with. */
function lastLiteral({ text, parts }: Word, { marker }: ShellTree): string {
  const last = parts?.at(-1);
  const inner = last?.type === 'DoubleQuoted' ? last.parts.at(-1) : last;
  const literal = parts === undefined ? text : inner?.type === 'Literal' ? inner.value : '';
  const found = marker.findAll(literal).at(-1);
  return found === undefined ? literal : literal.slice(found.end);
}

/** Whether it names what is open already: `/dev/fd/3`. */
export function isOpenFile(name: string): boolean {
  return /^["']?\/(?:dev|proc\/[^/]*)\/(?:fd\/|std(?:in|out|err)\b)/.test(name);
}

function nameOf(word: Word, tree: ShellTree, assignments: Assignments): string | undefined {
  const literal = tree.literal(word);
  // `find -exec sh {}`
  if (literal?.includes('{}')) return undefined;
  if (literal !== undefined) return CODE_FILE.test(literal) ? literal : baseName(literal.replace(/\/+$/, ''));
  const last = lastLiteral(word, tree);
  if (last.includes('/')) return baseName(last);
  const variable = variableIn(word);
  if (variable === undefined) return undefined;
  const values = assignments.isOpen ? [] : assignments.wordsOf(variable);
  // A fresh file has no other name.
  if (values.length > 0 && values.every((value) => /^"?\$\(mktemp\b[^$`]*\)"?$/.test(value?.text ?? '')))
    return `$${variable}`;
  const names = new Set(values.map((value) => value && tree.literal(value)));
  const [only] = names;
  return names.size === 1 && only !== undefined ? baseName(only) : undefined;
}
