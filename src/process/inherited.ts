import { closeSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes the descriptors beyond 0, 1 and 2 that our parent gave us, which Node would pass to every child; Node's own
 * are all close-on-exec. Call it when no such descriptor is read any more (`--args-file <(...)`). Linux only.
 * @param channel a descriptor to keep: the channel to a Node parent, as NODE_CHANNEL_FD names it
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

/** The descriptor of the listing itself is closed already. */
function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {}
}
