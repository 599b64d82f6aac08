import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders, replaceFile } from '../util/atomic-file.ts';

/** What this machine's user accepted by name, in a file of the state folder. A damaged file accepts nothing. */
export function readAccepted(file: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((one): one is [string, string] => typeof one[1] === 'string'));
  } catch {
    return {};
  }
}

/** Keeps `value` under `name` beside what is accepted already. */
export async function accept(file: string, name: string, value: string): Promise<void> {
  await makeFolders(dirname(file), 0o700);
  const all = { ...readAccepted(file), [name]: value };
  await replaceFile(file, Buffer.from(`${JSON.stringify(all, null, 2)}\n`), 0o600);
}
