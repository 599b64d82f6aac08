import type { Ambient } from './config.ts';

/** Who answers here, by the name that the machine knows. */
export function userOf({ USER, LOGNAME }: Ambient): string {
  return USER ?? LOGNAME ?? 'somebody';
}
