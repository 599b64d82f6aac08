import { baseName } from '../../../util/paths.ts';
import { type Assignments, variableIn } from '../programs/assignments.ts';
import { CODE_FILE } from '../programs/programs.ts';
import type { ShellTree, Word } from '../syntax/shell-tree.ts';
import { ANY_FILE, EVERYTHING, SOME_FILE } from './cells.ts';

/**
 * The cell of a file that is written. A file is known by the last part of its name, for folders have several; where that is
 * worked out, the file may be any.
 */
export function fileWritten(word: Word, tree: ShellTree, assignments: Assignments): string {
  const name = nameOf(word, tree, assignments);
  return name === undefined ? SOME_FILE : `/${name}`;
}

/** The cells that a file may hold the content of. */
export function filesRead(word: Word, tree: ShellTree, assignments: Assignments): readonly string[] {
  const name = nameOf(word, tree, assignments);
  if (name === undefined) return [ANY_FILE];
  if (/^(?:environ|self)$/.test(name)) return [EVERYTHING];
  return name.startsWith('$') ? [`/${name}`] : [`/${name}`, SOME_FILE];
}

function nameOf(word: Word, tree: ShellTree, assignments: Assignments): string | undefined {
  const literal = tree.literal(word);
  if (literal !== undefined) return CODE_FILE.test(literal) ? literal : baseName(literal.replace(/\/+$/, ''));
  const last = (word.parts ?? []).at(-1);
  const inner = last?.type === 'DoubleQuoted' ? last.parts.at(-1) : last;
  if (inner?.type === 'Literal' && inner.value.includes('/') && !tree.marker.isIn(inner.value))
    return baseName(inner.value);
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
