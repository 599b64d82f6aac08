import { documentText, roughText } from '../syntax/cooked-text.ts';
import type { ShellTree } from '../syntax/shell-tree.ts';

const DECLARED = /(?:^|[\s;&|{(])(?:function\s+([\w-]+)|([\w-]+)\s*\(\s*\)\s*[{(\n]|alias\s+([\w-]+)=)/g;

/** The functions and aliases that texts of a script declare: one that it evaluates, or a file that it writes and reads. */
export function namesInTexts(tree: ShellTree): ReadonlySet<string> {
  const texts = tree.nodes.flatMap((node) => {
    if (node.type === 'HereDoc') return [documentText(node)];
    return node.type === 'Word' && node.parts !== undefined ? [roughText(node)] : [];
  });
  const names = texts.flatMap((text) => [...text.matchAll(DECLARED)].map(([, one, two, three]) => one ?? two ?? three));
  return new Set(names.filter((name) => name !== undefined));
}
