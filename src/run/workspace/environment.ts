import { delimiter, isAbsolute } from 'node:path';
import { MACHINE_VARIABLES } from '../../plan/make-plan.ts';
import { relativeInside } from '../../util/paths.ts';
import { realPath } from '../../util/real-path.ts';

/**
 * What the machine offers a step: the fixed allow-list and nothing else. Identity variables are not on it.
 * @param closed a repository of which nothing may be found by a search path, or by programs that look in the home folder
 */
export function machineEnvironment(
  ambient: Readonly<Record<string, string | undefined>>,
  closed?: string,
): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name of MACHINE_VARIABLES) {
    const value = ambient[name];
    if (value !== undefined) allowed[name] = value;
  }
  if (closed === undefined) return allowed;
  const isOutside = (path: string) => isAbsolute(path) && relativeInside(closed, realPath(path)) === undefined;
  const { PATH, HOME, TMPDIR, ...rest } = allowed;
  return {
    ...rest,
    ...(PATH !== undefined && { PATH: PATH.split(delimiter).filter(isOutside).join(delimiter) }),
    ...(HOME !== undefined && isOutside(HOME) && { HOME }),
    ...(TMPDIR !== undefined && isOutside(TMPDIR) && { TMPDIR }),
  };
}

/** The variables that are set. */
export function passedEnvironment(
  ambient: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const found = names.map((name) => [name, Object.hasOwn(ambient, name) ? ambient[name] : undefined] as const);
  return Object.fromEntries(found.filter((one): one is readonly [string, string] => one[1] !== undefined));
}

/** Linux accepts at most this many bytes of `NAME=VALUE`, including the closing NUL. */
const LARGEST_VARIABLE = 128 * 1024;

export function fitsVariable(name: string, value: string): boolean {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + 2 <= LARGEST_VARIABLE;
}
