import { readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Resolves symlinks; returns a path that does not exist unchanged. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A limit, because links may form a circle. */
const MOST_STEPS = 10_000;

/** All paths that determine where an absolute path leads: its folders, and those of each link on the way. */
export function pathsOnTheWay(path: string): string[] {
  const seen: string[] = [];
  let [at, rest] = ['/', partsOf(path)];
  for (let part = rest.shift(); part !== undefined && seen.length < MOST_STEPS; part = rest.shift()) {
    const next = part === '..' ? dirname(at) : join(at, part);
    seen.push(next);
    const target = linkAt(next);
    if (target === undefined) at = next;
    else [at, rest] = [target.startsWith('/') ? '/' : at, [...partsOf(target), ...rest]];
  }
  return seen;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** The target of a link; undefined where the path is not a link. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
