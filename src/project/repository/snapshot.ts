import type { Catalog } from '../../definition/model/catalog.ts';
import { buildCatalog, type ParsedFile } from '../../definition/reading/build-catalog.ts';
import { loadPatternEngine } from '../../definition/values/pattern.ts';
import { textField, type YamlNode } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import { SourceFile } from '../../text/source.ts';
import { type Config, readConfig } from './config.ts';
import { ParseCache } from './parse-cache.ts';
import { definitionFiles, folderProblem, readSource } from './read-source.ts';

/** The definitions and settings of a repository at one moment. A run keeps the snapshot that it started with. */
export interface Snapshot {
  readonly root: string;
  readonly config: Config;
  readonly catalog: Catalog;
  /** The problems of files that could not be read at all. */
  readonly unreadable: readonly Problem[];
}

/** Unchanged files that a process has parsed before, by path. */
export interface ParsedFiles {
  get(path: string): ParsedFile | undefined;
  put(path: string, file: ParsedFile): void;
}

/**
 * @param cacheFolder Lockstep's cache folder
 * @param extra files to read besides those of the definition folders, relative to the root
 */
export async function readSnapshot(
  root: string,
  cacheFolder: string,
  extra: readonly string[] = [],
  known?: ParsedFiles,
): Promise<Snapshot> {
  const cache = new ParseCache(cacheFolder, root);
  const config = await readConfig(root, cache);
  const files: ParsedFile[] = [];
  const unreadable: Problem[] = [];
  let isWhole = true;
  for (const path of new Set([...definitionFiles(root, config.definitions), ...extra])) {
    const held = known?.get(path);
    if (held !== undefined) isWhole = false;
    const read = held ?? readSource(root, path);
    if (read instanceof SourceFile) {
      const file = await parsed(read, cache);
      known?.put(path, file);
      files.push(file);
    } else if (read !== null && 'documents' in read) files.push(read);
    else if (read !== null) unreadable.push(read);
  }
  unreadable.push(...config.definitions.flatMap((folder) => folderProblem(root, folder) ?? []));
  // What this process holds in memory has not been read from the cache, which would drop it.
  if (isWhole) cache.save();
  if (files.some(({ source }) => source.text.includes('pattern'))) await loadPatternEngine();
  return { root, config, catalog: buildCatalog(files, config), unreadable };
}

async function parsed(source: SourceFile, cache: ParseCache): Promise<ParsedFile> {
  const known = cache.get(source, 'definition');
  if (known !== undefined) return soundFile(source, known);
  const { parseFile } = await import('../../definition/reading/parse-file.ts');
  const file = parseFile(source);
  const sound = file.problems.length === 0 && file.documents.every(({ faults }) => faults.length === 0);
  if (sound)
    cache.put(
      source,
      'definition',
      file.documents.map(({ document }) => document.root),
    );
  return file;
}

/** The cache holds only files without problems. */
function soundFile(source: SourceFile, roots: readonly YamlNode[]): ParsedFile {
  const documents = roots.map((root) => ({
    document: { source, root },
    kind: textField(root, 'kind') === 'agent' ? ('agent' as const) : ('tool' as const),
    faults: [],
  }));
  return { source, documents, problems: [] };
}
