import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { systemCode } from '../errors.ts';
import { type Problem, problem } from '../text/problem.ts';
import { SourceFile } from '../text/source.ts';
import { leadsThroughLink } from '../util/beneath.ts';
import { relativeInside } from '../util/relative-inside.ts';

const MAXIMUM_SIZE = 1024 * 1024;
const MAXIMUM_FOLDERS_DEEP = 32;
const DEFINITION_FILE = /\.(?:ya?ml|json)$/i;

/** A text file of the repository; null when it is not there, a problem when it is no text file that we read. */
export function readSource(root: string, path: string): SourceFile | Problem | null {
  const refuse = (reason: string, hint?: string) =>
    problem('yaml/unreadable', `the file ${reason}`, {
      at: { source: new SourceFile(path, ''), range: { start: 0, end: 0 } },
      hint,
    });
  try {
    const real = realpathSync.native(join(root, path));
    if (relativeInside(root, real) === undefined)
      return refuse('lies outside the repository', 'definitions are files of the repository; copy it in');
    const bytes = readRegularFile(real);
    if (bytes === 'not-a-file') return refuse('is not a regular file');
    if (bytes === 'too-large') return refuse(`is larger than ${MAXIMUM_SIZE} bytes`, 'split it');
    const text = decodeText(bytes);
    return text === undefined ? refuse('is not UTF-8 text', 'save it as UTF-8') : new SourceFile(path, text);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return isSymbolicLink(join(root, path)) ? refuse('is a symbolic link to nothing') : null;
    return refuse(`cannot be read (${code ?? 'unknown reason'})`);
  }
}

/** Why a definition folder is not walked: it lies outside the repository, or a link on the way could lead there. */
export function folderProblem(root: string, folder: string): Problem | null {
  const inside = relativeInside(root, resolve(root, folder));
  if (inside !== undefined && !leadsThroughLink(root, inside)) return null;
  const why = inside === undefined ? 'lies outside the repository' : 'is a symbolic link, or lies below one';
  return problem('yaml/unreadable', `the definition folder "${folder}" ${why}; it is not read`, {
    hint: 'make it a folder of the repository, or name another one under `definitions:` in lockstep.yaml',
  });
}

/** Every definition file below the folders, relative to the root with `/`, sorted. Hidden ones and node_modules are passed over. */
export function definitionFiles(root: string, folders: readonly string[]): string[] {
  const found = new Set<string>();
  for (const folder of folders.filter((one) => folderProblem(root, one) === null))
    walk(root, relative(root, resolve(root, folder)), found, 0);
  return [...found].sort();
}

/** Whether a path, symlinks resolved, is the root or below it. `root` is real. Throws ENOENT. */
export function staysInside(root: string, path: string): boolean {
  return relativeInside(root, realpathSync.native(path)) !== undefined;
}

function walk(root: string, folder: string, found: Set<string>, depth: number): void {
  if (depth > MAXIMUM_FOLDERS_DEEP) return;
  for (const entry of listFolder(join(root, folder))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(root, path, found, depth + 1);
    else if (DEFINITION_FILE.test(entry.name)) found.add(path.split(sep).join('/'));
  }
}

function listFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Opened first and asked then, so that what is measured is what is read; a FIFO does not block. */
function readRegularFile(path: string): Buffer | 'not-a-file' | 'too-large' {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return 'not-a-file';
    return stats.size > MAXIMUM_SIZE ? 'too-large' : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
