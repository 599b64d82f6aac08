import { createHash } from 'node:crypto';
import { git } from '../git/git-cli.ts';
import type { Ambient } from '../repository/config.ts';
import { placeName } from '../repository/git-dir.ts';
import type { SnapshotMark } from '../runs/prepare.ts';

/** Names the content of all files that a snapshot was read from. */
export function snapshotId(files: ReadonlyMap<string, string>): string {
  const lines = [...files].map(([path, digest]) => `${digest} ${path}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** The commit and the branch that are checked out. */
export async function checkedOut(root: string, env: Ambient): Promise<Omit<SnapshotMark, 'id'>> {
  const commit = (await git(root, env, ['rev-parse', '--verify', '--quiet', 'HEAD']))?.toString().trim();
  const branch = /^refs\/heads\/(.+)$/.exec(placeName(root))?.[1];
  return { ...(commit && { commit }), ...(branch !== undefined && { branch }) };
}
