import { closeSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes the descriptors beyond 0, 1 and 2 that our parent gave us, which Node would hand on to every child; Node's own are
 * all marked to be closed. To be called once nothing is read from one any more (`--args-file <(...)`). Linux only.
 * @param channel kept: that of a parent which is Node, as NODE_CHANNEL_FD names it
 */
export function closeInheritedDescriptors(channel: string | undefined): void {
  for (const name of list('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor > 2 && name !== channel && isHandedOn(name)) close(descriptor);
  }
}

function isHandedOn(name: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The listing's own is closed already. */
function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {}
}
