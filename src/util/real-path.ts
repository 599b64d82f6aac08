import { readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** With symlinks resolved; as it is written where nothing is there. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Links may lead in a circle. */
const MOST_STEPS = 10_000;

/** Every path that decides where an absolute path leads: its folders, and those of each link on the way. */
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

/** Undefined where there is no link. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
