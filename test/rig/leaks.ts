import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from './repository.ts';

/** Every form of a value that a careless program might leave behind. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    bytes.toString('hex'),
    encodeURIComponent(value),
  ];
}

/** Where a value can be found: work tree, home, state, Git's objects, and the folders for temporary files, of which it is given one of its own. */
export function leaksOf(repository: Repository, value: string): string[] {
  const forms = formsOf(value).flatMap((form) => ['-e', form]);
  const folders = [repository.place, '/dev/shm'].filter((folder) => existsSync(folder));
  const { stdout } = spawnSync('grep', ['-rlaF', '--devices=skip', ...forms, ...folders], { encoding: 'utf8' });
  const found = stdout.split('\n').filter((path) => path !== '');
  return existsSync(join(repository.root, '.git')) && objects(repository.root, formsOf(value))
    ? [...found, 'git']
    : found;
}

function objects(root: string, forms: readonly string[]): boolean {
  const text = execFileSync('git', ['cat-file', '--batch-all-objects', '--batch'], { cwd: root, maxBuffer: 2 ** 28 });
  return forms.some((form) => text.includes(form));
}
