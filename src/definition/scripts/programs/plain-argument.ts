import { baseName } from '../../../util/paths.ts';
import { type Command, ShellTree, type SyntaxNode, type Word } from '../syntax/shell-tree.ts';
import type { Marker } from '../template/marker.ts';
import { runsItsValue, runsNextWord } from './programs.ts';
import { rolesOf } from './word-roles.ts';

/** Longer texts are not looked into. */
const LONGEST = 10_000;
const BLOCKS = /^(?:Script|Statement|CompoundList|AndOr|If|Elif|Subshell|BraceGroup|While|For|Negation)$/;
const PLAIN = /^(?:Word|Literal|SingleQuoted|DoubleQuoted)$/;
const HARMLESS_FILE = /^(?:\d+|\/dev\/null)$/;

/**
 * Whether a hole of a text that some shell will parse is an argument of a command there, or a part of one, and nothing else: a
 * value of letters, digits and a few signs then changes neither which command runs nor what the shell works out.
 */
export function isPlainArgument(text: string, marker: Marker, hole: number): boolean {
  if (text.length > LONGEST || text.split(marker.of(hole)).length !== 2) return false;
  const tree = new ShellTree(text, marker);
  const leaf = tree.leafOf(hole);
  if (tree.fault !== undefined || leaf === undefined || tree.isDecoded(leaf)) return false;
  const path = [...tree.upward(leaf)];
  const at = path.findIndex((node) => node.type === 'Word');
  const word = path[at];
  const command = path[at + 1];
  if (word?.type !== 'Word' || command?.type !== 'Command') return false;
  const isPlain = path.slice(0, at).every(({ type }) => PLAIN.test(type));
  const inBlocks = path.slice(at + 2).every(({ type }) => BLOCKS.test(type));
  return isPlain && inBlocks && hasNoEscape(tree, hole) && isHarmless(command, word, tree);
}

function isHarmless(command: Command, word: Word, tree: ShellTree): boolean {
  const role = rolesOf(command, tree, new Set(), tree.literal(command.name)).get(word);
  const name = tree.literal(command.name);
  const program = baseName(name ?? '');
  const before = command.args[command.args.indexOf(word) - 1]?.text ?? '';
  return (
    (role?.is === 'data' || role?.is === 'free') &&
    name !== 'set' &&
    !runsItsValue(program, word.text) &&
    !runsNextWord(program, before) &&
    command.redirects.every((one) => one.type === 'Redirect' && HARMLESS_FILE.test(one.target?.text ?? '')) &&
    tree.nodes.every((node: SyntaxNode) => node.type !== 'Function' && node.type !== 'Assignment')
  );
}

function hasNoEscape(tree: ShellTree, hole: number): boolean {
  const start = tree.text.indexOf(tree.marker.of(hole));
  return tree.text.charAt(start - 1) !== '\\';
}
