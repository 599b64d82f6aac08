import { MACHINE_VARIABLES } from '../plan/make-plan.ts';

/** What the machine offers a step: the fixed allow-list and nothing else. Identity variables are not on it. */
export function machineEnvironment(ambient: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name of MACHINE_VARIABLES) {
    const value = ambient[name];
    if (value !== undefined) allowed[name] = value;
  }
  return allowed;
}

/** Those that are set. */
export function passedEnvironment(
  ambient: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const found = names.map((name) => [name, Object.hasOwn(ambient, name) ? ambient[name] : undefined] as const);
  return Object.fromEntries(found.filter((one): one is readonly [string, string] => one[1] !== undefined));
}

/** Linux takes no `NAME=VALUE` of more bytes, its closing NUL counted. */
const LARGEST_VARIABLE = 128 * 1024;

export function fitsVariable(name: string, value: string): boolean {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + 2 <= LARGEST_VARIABLE;
}
