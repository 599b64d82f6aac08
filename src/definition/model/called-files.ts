import type { RunStep } from './tool.ts';

const PATH = /(?:^|[\s"'`=(;|&<])([\w.-]+(?:\/[\w.-]+)+)/gm;

/**
 * The files of the repository that a script names as paths (`./x`, `path/x`), from the root, each once. A bare word is not
 * a path: the shell looks it up in PATH. Steps with another working directory are skipped.
 */
export function calledFiles({ script, workdir }: RunStep, isFile: (path: string) => boolean): readonly string[] {
  if (workdir !== undefined) return [];
  const written = [...script.matchAll(PATH)].flatMap(([, path = '']) => fromRoot(path) ?? []);
  return [...new Set(written)].filter(isFile);
}

/** Undefined where the path leads out of the repository. */
function fromRoot(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '..' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
