import { formatYaml } from '../../text/format.ts';
import type { Problem } from '../../text/problem.ts';
import { SourceFile } from '../../text/source.ts';
import { withoutIgnoredText } from '../git/ignored-files.ts';
import type { Project } from '../project.ts';
import { CONFIG_FILE } from '../repository/config.ts';
import { isWithin, pathInside } from '../repository/path-inside.ts';
import { definitionFiles, readSource } from '../repository/read-source.ts';
import { replaceText } from '../repository/write-text.ts';

export interface FormatResult {
  /** How many files were examined. */
  readonly files: number;
  /** The files whose layout changed, or would change. */
  readonly changed: readonly string[];
  /** The problems of files that stay unchanged, because they have errors or cannot be formatted. */
  readonly problems: readonly Problem[];
}

const YAML_FILE = /\.ya?ml$/i;

/**
 * Formats the YAML definitions and lockstep.yaml; values, comments and order stay.
 * @param paths files or folders, relative to `cwd`; none: everything
 * @param write false: only reports
 */
export async function formatDefinitions(
  project: Project,
  paths: readonly string[],
  cwd: string,
  write: boolean,
): Promise<FormatResult> {
  const within = paths.length === 0 ? [''] : paths.map((path) => pathInside(project.root, path, cwd));
  const known = [CONFIG_FILE, ...definitionFiles(project.root, project.snapshot.config.definitions)];
  const files = new Set([...known.filter((path) => isWithin(path, within)), ...within].filter(isLaidOutByUs));
  const changed: string[] = [];
  const problems: Problem[] = [];
  let count = 0;
  for (const path of [...files].sort()) {
    const source = readSource(project.root, path);
    if (source === null) continue;
    count += 1;
    const text = source instanceof SourceFile ? formatYaml(source) : [source];
    if (typeof text !== 'string') problems.push(...text);
    else if (source instanceof SourceFile && text !== source.text) {
      if (write) await replaceText(project.root, path, text);
      changed.push(path);
    }
  }
  return { files: count, changed, problems: await withoutIgnoredText(problems, project.root, project.vault.env) };
}

/** A vault file has only one form, and it is signed. */
function isLaidOutByUs(path: string): boolean {
  return YAML_FILE.test(path) && !path.startsWith('vault/');
}
