import { posix } from 'node:path';
import { buildCatalog } from '../../definition/reading/build-catalog.ts';
import { parseFile } from '../../definition/reading/parse-file.ts';
import { LockstepError } from '../../errors.ts';
import { mapping, scalar, sequence } from '../../kubiya/native.ts';
import { translateKubiya } from '../../kubiya/translate.ts';
import { parseDocuments } from '../../text/document.ts';
import { printYaml } from '../../text/format.ts';
import { field, listItems, mapEntries, textField, type YamlNode } from '../../text/node.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { statBeneath } from '../../util/beneath.ts';
import { pathInside, plannedPath } from '../repository/path-inside.ts';
import { readSource } from '../repository/read-source.ts';
import { createText } from '../repository/write-text.ts';
import { schemaPath } from './schema-files.ts';

/** One definition in the native form. */
export interface Converted {
  readonly kind: 'tool' | 'agent';
  readonly name: string;
  /** The Kubiya file, relative to the root. */
  readonly from: string;
  /** The file that was written, or that would be. */
  readonly file: string;
  readonly text: string;
}

export interface Conversion {
  readonly definitions: readonly Converted[];
  /** If one of them is an error, no file was written. */
  readonly problems: readonly Problem[];
}

/**
 * Converts Kubiya's files to the native form; each definition keeps its plan.
 * @param out a folder, relative to `cwd`, in which each definition becomes a file; absent: nothing is written
 * @throws LockstepError `usage/invalid` where a file is not a Kubiya file, or the file to write already exists
 */
export async function convertFiles(
  root: string,
  paths: readonly string[],
  cwd: string,
  out: string | undefined,
): Promise<Conversion> {
  const folder = out === undefined ? 'tools' : plannedPath(root, out, cwd, 'lockstep convert FILE --out tools');
  const read = paths.map((path) => convertFile(root, pathInside(root, path, cwd), folder));
  const definitions = read.flatMap((one) => one.definitions);
  const problems = sortedProblems(read.flatMap((one) => one.problems));
  if (out === undefined || hasErrors(problems)) return { definitions, problems };
  requireRoom(root, definitions);
  for (const { file, text } of definitions) if (!(await createText(root, file, text))) throw taken(file);
  return { definitions, problems };
}

function convertFile(root: string, path: string, folder: string): Conversion {
  const source = readSource(root, path);
  if (source === null || 'code' in source) return { definitions: [], problems: source === null ? [] : [source] };
  const parsed = parseFile(source);
  const definitions = nativeRoots(source).map((native): Converted => {
    const kind = textField(native, 'kind') === 'agent' ? 'agent' : 'tool';
    const name = textField(native, 'name') ?? '';
    const file = posix.join(folder, `${name}.yaml`);
    return { kind, name, from: path, file, text: nativeText(seenFrom(native, path, file), kind, file) };
  });
  return { definitions, problems: [...buildCatalog([parsed]).problems] };
}

function nativeRoots(source: SourceFile): readonly YamlNode[] {
  const { documents, problems } = parseDocuments(source);
  const translations = documents.map(translateKubiya);
  if (problems.length === 0 && !translations.some((one) => one !== null))
    throw new LockstepError('usage/invalid', `${source.path} is not a Kubiya file`, ['lockstep check', 'lockstep fmt']);
  return translations.flatMap((one) => one?.roots ?? []);
}

/** Rewrites the paths of the container's files, which are relative to the folder of the definition. */
function seenFrom(root: YamlNode, before: string, after: string): YamlNode {
  const container = field(root, 'container');
  const files = listItems(field(container, 'files')).map((file) => {
    const from = field(file, 'from');
    if (from?.kind !== 'scalar' || /^~?\//.test(from.text)) return file;
    const path = posix.join(posix.dirname(before), from.text);
    return withValue(file, 'from', scalar(posix.relative(posix.dirname(after), path), from));
  });
  if (container === undefined || files.length === 0) return root;
  return withValue(root, 'container', withValue(container, 'files', sequence(container, files)));
}

function withValue(map: YamlNode, name: string, value: YamlNode): YamlNode {
  const others = mapEntries(map).map(([key, entry]) => [key, key === name ? value : entry.value] as const);
  return mapping(map, others);
}

/** The text of a file with only this definition. */
function nativeText(root: YamlNode, kind: 'tool' | 'agent', file: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(file), schemaPath(kind))}\n${printYaml(root)}`;
}

function requireRoom(root: string, definitions: readonly Converted[]): void {
  const files = new Set<string>();
  for (const { file } of definitions) {
    if (files.has(file) || statBeneath(root, file) !== undefined) throw taken(file);
    files.add(file);
  }
}

function taken(file: string): LockstepError {
  return new LockstepError('usage/invalid', `${file} already exists and was not changed`, [
    'lockstep convert FILE --out another-folder',
  ]);
}
