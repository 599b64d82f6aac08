import { posix } from 'node:path';
import type { Catalog } from '../../definition/model/catalog.ts';
import type { DigestWorld, FileFact } from '../../definition/model/digest.ts';
import type { Tool } from '../../definition/model/tool.ts';
import type { RuleContext } from '../../definition/rules/rule.ts';
import { type BeneathFault, readBeneath } from '../../util/beneath.ts';
import { ANY_FOLDERS, type GlobPart, isPlain, matchesPart, parseGlob } from '../../util/glob.ts';
import { type FactsElsewhere, factOf, factsElsewhere, type ListedFile, otherCheckouts } from './other-checkouts.ts';
import { entriesOf } from './read-source.ts';

/** What digests and rules know about the files that a tool lists, or that its container gets. */
export interface ListedFacts {
  /** Sorted by path, each once. */
  readonly facts: readonly FileFact[];
  /** The faults of an entry of `files:`, one clause each. */
  readonly faults: ReadonlyMap<string, string>;
  /** The facts of another checkout of the same commit, in the same order: computed only if a grant is refused. */
  readonly elsewhere: () => FactsElsewhere;
}

/** The same with the content of the files, in the same order. */
export interface ListedFiles extends ListedFacts {
  readonly files: readonly ListedFile[];
}

/** The limit for one tool: its files stay in memory while a run needs them. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 10_000;
/** How many names are examined for one entry. */
const MOST_NAMES = 100_000;
const DEEPEST = 32;

const READ_FAULTS: Record<BeneathFault['fault'], string> = {
  missing: 'matches no file of the repository',
  link: 'is a symbolic link, or lies below one: list the file itself',
  'not-a-file': 'is not a regular file',
  'too-large': 'is too large: the files of one tool may have 64 MiB together',
  unreadable: 'cannot be read',
};

/** For a tool that lists no files, nothing is read. */
function listsFiles({ files, container }: Tool): boolean {
  return files.length > 0 || (container?.files ?? []).some(({ from }) => from !== undefined);
}

/**
 * Reads the files that a tool lists, once: its steps get the bytes that were hashed. Entries are relative to the
 * definition's folder.
 */
export function listedFiles(root: string, tool: Tool): ListedFiles {
  const reading = new Reading(root);
  const folder = posix.dirname(tool.source.path);
  const given = (tool.container?.files ?? []).flatMap(({ from }) => from ?? []);
  for (const entry of new Set([...tool.files.map(({ name }) => name), ...given])) reading.add(folder, entry);
  const files = [...reading.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const facts = files.map(factOf);
  return { files, facts, faults: reading.faults, elsewhere: () => factsElsewhere(files, facts) };
}

/** Reads each tool's files at the first call and remembers them: a plan, its digests and its run see the same bytes. */
export function rememberListed(root: string): (tool: Tool) => ListedFiles {
  return oncePerTool((tool) => listedFiles(root, tool));
}

/** The same for callers that examine many tools and do not need the contents. */
export function rememberFacts(root: string): (tool: Tool) => ListedFacts {
  return oncePerTool((tool) => {
    const { facts, faults } = listedFiles(root, tool);
    return { facts, faults, elsewhere: () => listedFiles(root, tool).elsewhere() };
  });
}

function oncePerTool<T extends object>(read: (tool: Tool) => T): (tool: Tool) => T {
  const known = new Map<Tool, T>();
  return (tool) => {
    const found = known.get(tool) ?? read(tool);
    known.set(tool, found);
    return found;
  };
}

/** The input of digests. */
export function digestWorld({ tools }: Catalog, listed: (tool: Tool) => ListedFacts): DigestWorld {
  return { tools, files: (tool) => listed(tool).facts, checkouts: otherCheckouts(listed) };
}

/** The faults of listed files, for the rules. */
export function fileFaults(
  { tools }: Pick<Catalog, 'tools'>,
  listed: (tool: Tool) => ListedFacts,
): RuleContext['fileFaults'] {
  return new Map([...tools.values()].filter(listsFiles).map((tool) => [tool.name, listed(tool).faults]));
}

class Reading {
  readonly files = new Map<string, ListedFile>();
  readonly faults = new Map<string, string>();
  readonly #root: string;
  #room = MOST_BYTES;

  constructor(root: string) {
    this.#root = root;
  }

  add(folder: string, entry: string): void {
    const patterns = parseGlob(entry);
    const fault =
      patterns === null
        ? 'is not a pattern that can be matched: `*`, `?`, `[...]`, `**` and up to 64 alternatives in `{a,b}`'
        : this.#addAll(patterns.map((parts) => inFolder(folder, parts)));
    if (fault !== null) this.faults.set(entry, fault);
  }

  #addAll(patterns: readonly (readonly GlobPart[] | null)[]): string | null {
    const faults: string[] = [];
    const before = this.files.size;
    let isKnown = false;
    for (const parts of patterns) {
      if (parts === null) continue;
      const paths = isPlain(parts) ? [parts.join('/')] : pathsMatching(this.#root, parts);
      if (paths === null) return `looks at more than ${MOST_NAMES} names`;
      for (const path of paths) {
        isKnown ||= this.files.has(path);
        const fault = this.#read(path);
        if (fault !== null && isPlain(parts)) faults.push(READ_FAULTS[fault]);
        // A pattern means the files among its matches, and reports those that it cannot include.
        else if (fault !== null && fault !== 'not-a-file' && fault !== 'missing')
          faults.push(`matches ${path}, which ${READ_FAULTS[fault]}`);
      }
      if (this.files.size > MOST_FILES) return `matches more than ${MOST_FILES} files`;
    }
    if (faults[0] !== undefined) return faults[0];
    return this.files.size === before && !isKnown ? READ_FAULTS.missing : null;
  }

  #read(path: string): BeneathFault['fault'] | null {
    if (this.files.has(path)) return null;
    const read = readBeneath(this.#root, path, this.#room);
    if ('fault' in read) return read.fault;
    this.#room -= read.bytes.length;
    this.files.set(path, { path, ...read });
    return null;
  }
}

/** The parts from the root; null where the path leaves the repository, or has `..` after a wildcard. */
function inFolder(folder: string, parts: readonly GlobPart[]): readonly GlobPart[] | null {
  const result: GlobPart[] = folder === '.' ? [] : folder.split('/');
  for (const part of parts) {
    if (part === '.' || part === '') continue;
    if (part !== '..') result.push(part);
    else if (typeof result.pop() !== 'string') return null;
  }
  return result.length === 0 ? null : result;
}

/** The files that a pattern matches; null where it would have to examine too many names. Links are not followed. */
function pathsMatching(root: string, parts: readonly GlobPart[]): readonly string[] | null {
  const found = new Set<string>();
  const seen = new Set<string>();
  let names = 0;
  const walk = (folder: string, at: number, depth: number): boolean => {
    const key = `${at}:${folder}`;
    const part = parts[at];
    if (part === undefined || depth > DEEPEST || seen.has(key)) return true;
    seen.add(key);
    if (part === ANY_FOLDERS && !walk(folder, at + 1, depth)) return false;
    const isLast = at === parts.length - 1;
    for (const entry of entriesOf(root, folder)) {
      if (++names > MOST_NAMES) return false;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (part === ANY_FOLDERS) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !walk(path, at, depth + 1)) return false;
        if (isLast && !entry.isDirectory() && !entry.name.startsWith('.')) found.add(path);
      } else if (matchesPart(part, entry.name)) {
        if (isLast && !entry.isDirectory()) found.add(path);
        else if (entry.isDirectory() && !walk(path, at + 1, depth + 1)) return false;
      }
    }
    return true;
  };
  return walk('', 0, 0) ? [...found].sort() : null;
}
