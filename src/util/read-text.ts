import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Empty where there is no such file, or it cannot be read. A pipe or a device in its place is not waited for. */
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
