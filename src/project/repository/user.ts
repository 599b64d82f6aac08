import { userInfo } from 'node:os';
import type { Ambient } from './config.ts';

/** The name of the person who answers here, as the machine knows it. */
export function userOf({ USER, LOGNAME }: Ambient): string {
  return USER || LOGNAME || accountName();
}

/** A container may run as a user id without a name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}
