import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { FileFact } from '../definition/digest.ts';
import type { Tool } from '../definition/tool.ts';
import { staysInside } from './read-source.ts';

/** What a tool's `files:` stand for on disk. */
export interface ListedFiles {
  /** Sorted by path, each once. */
  readonly facts: readonly FileFact[];
  /** Entries that match nothing within the repository. */
  readonly missing: readonly string[];
}

/** Reads the files that a tool lists; paths and globs are relative to the definition's folder and stay within the root. */
export function listedFiles(root: string, tool: Tool): ListedFiles {
  const folder = join(root, dirname(tool.source.path));
  const facts = new Map<string, FileFact>();
  const missing: string[] = [];
  for (const { name } of tool.files) {
    const found = matches(folder, name).flatMap((path) => factOf(root, folder, path));
    if (found.length === 0) missing.push(name);
    for (const fact of found) facts.set(fact[0], fact);
  }
  const sorted = [...facts.values()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { facts: sorted, missing };
}

function matches(folder: string, written: string): string[] {
  if (!/[*?[\]{}()!]/.test(written)) return [written];
  return globSync(written, { cwd: folder });
}

function factOf(root: string, folder: string, written: string): FileFact[] {
  try {
    const path = join(folder, written);
    if (!staysInside(root, path)) return [];
    const stats = statSync(path);
    if (!stats.isFile()) return [];
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    return [[posix.normalize(relative(folder, path).split(sep).join('/')), (stats.mode & 0o111) !== 0, sha256]];
  } catch {
    return [];
  }
}
