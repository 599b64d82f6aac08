import { resolve } from 'node:path';
import { limitOf, reasonOfCode } from '../../errors.ts';
import { type Problem, problem } from '../../text/problem.ts';
import { SourceFile } from '../../text/source.ts';
import { decodeUtf8 } from '../../text/utf8.ts';
import { type BeneathFault, leadsThroughLink, listBeneath, readBeneath } from '../../util/beneath.ts';
import { relativeInside } from '../../util/paths.ts';

const MAXIMUM_SIZE = 1024 * 1024;
const MAXIMUM_FOLDERS_DEEP = 32;
const DEFINITION_FILE = /\.(?:ya?ml|json)$/i;

const REASONS: Record<
  Exclude<BeneathFault['fault'], 'missing'>,
  (code: string) => readonly [string, (string | undefined)?]
> = {
  link: () => ['is a symbolic link, or lies below one; it is not read', 'put the file itself in its place'],
  'not-a-file': () => ['is not a regular file'],
  'too-large': () => [`is larger than ${MAXIMUM_SIZE} bytes`, 'split it'],
  unreadable: (code) => [`cannot be read (${reasonOfCode(code)})`, limitOf(code)?.hint],
};

/** A text file of the repository; null when it does not exist, a problem when it is not a readable text file. */
export function readSource(root: string, path: string): SourceFile | Problem | null {
  const refuse = (reason: string, hint?: string) =>
    problem('yaml/unreadable', `the file ${reason}`, {
      at: { source: new SourceFile(path, ''), range: { start: 0, end: 0 } },
      hint,
    });
  const read = readBeneath(root, path, MAXIMUM_SIZE);
  if ('fault' in read) return read.fault === 'missing' ? null : refuse(...REASONS[read.fault](read.code));
  const text = decodeUtf8(read.bytes);
  return text === undefined ? refuse('is not UTF-8 text', 'save it as UTF-8') : new SourceFile(path, text);
}

/** Why a definition folder is not searched: it is outside the repository, or a link in its path could lead there. */
export function folderProblem(root: string, folder: string): Problem | null {
  const inside = relativeInside(root, resolve(root, folder));
  if (inside !== undefined && !leadsThroughLink(root, inside)) return null;
  const why = inside === undefined ? 'lies outside the repository' : 'is a symbolic link, or lies below one';
  return problem('yaml/unreadable', `the definition folder "${folder}" ${why}; it is not read`, {
    hint: 'make it a folder of the repository, or name another one under `definitions:` in lockstep.yaml',
  });
}

/**
 * Every definition file below the folders, relative to the root with `/`, sorted. Skips hidden ones and node_modules.
 */
export function definitionFiles(root: string, folders: readonly string[]): string[] {
  const found = new Set<string>();
  for (const folder of folders) {
    const inside = relativeInside(root, resolve(root, folder));
    if (inside !== undefined) walk(root, inside, found, 0);
  }
  return [...found].sort();
}

function walk(root: string, folder: string, found: Set<string>, depth: number): void {
  if (depth > MAXIMUM_FOLDERS_DEEP) return;
  for (const entry of entriesOf(root, folder)) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(root, path, found, depth + 1);
    else if (DEFINITION_FILE.test(entry.name)) found.add(path);
  }
}

/** The entries of a folder of the repository; empty where it cannot be read. Links are not followed. */
export function entriesOf(root: string, folder: string) {
  try {
    return listBeneath(root, folder);
  } catch {
    return [];
  }
}
