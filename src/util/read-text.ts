import { readFileSync } from 'node:fs';

/** Empty where there is no such file, or it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
