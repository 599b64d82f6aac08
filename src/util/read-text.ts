import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Empty where the file does not exist or cannot be read. Does not wait for a pipe or a device in its place. */
export function readText(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return fstatSync(descriptor).isFile() ? readFileSync(descriptor, 'utf8') : '';
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
