import { join } from 'node:path';
import { readText } from '../../util/read-text.ts';
import type { HeadMark, HeldForm, MergeForms } from '../../vault/lineage.ts';
import type { Ambient } from '../repository/config.ts';
import { pathInWorkTree } from '../repository/git-dir.ts';
import { git } from './git-cli.ts';
import { movements, movementsIn } from './reflog.ts';

/** The most merges to examine, the newest in the log of HEAD. */
const MOST_MERGES = 16;
const LF = 0x0a;
/**
 * `git merge`, `git pull` and the commit that ends a merge with conflicts; no one decides anything in a fast-forward.
 */
const MERGED = /^(?:commit \(merge\): |(?:merge|pull)\b.*: Merge made by )/;

/** One work tree of a Git repository, for queries. */
export interface GitPlace {
  readonly root: string;
  readonly env: Ambient;
  /** The Git folder of the work tree. */
  readonly folder: string;
}

/** Undefined where Git keeps no log of HEAD. */
export function headMark(folder: string): HeadMark | undefined {
  const text = readText(join(folder, 'logs', 'HEAD'));
  const last = movementsIn(text).at(-1)?.commit;
  return last === undefined ? undefined : { folder, size: Buffer.byteLength(text), last };
}

/**
 * A file of the vault in each commit that HEAD pointed to since the mark. This includes every commit that was made in
 * this work tree, also those that an amend, a rebase or a reset dropped. Null where the log does not go back to the
 * mark.
 */
export async function formsSince(
  place: GitPlace,
  { folder, size, last }: HeadMark,
  file: string,
): Promise<readonly HeldForm[] | null> {
  if (folder !== place.folder) return null;
  const log = Buffer.from(readText(join(folder, 'logs', 'HEAD')));
  if (movementsIn(log.subarray(0, size).toString()).at(-1)?.commit !== last) return null;
  const after = movementsIn(log.subarray(size).toString());
  if (after.length > 0 && after[0]?.old !== last) return null;
  const commits = [...new Set([last, ...after.map(({ commit }) => commit)])];
  const path = pathInWorkTree(place.root) + file;
  const texts = await blobs(
    place,
    commits.map((commit) => `${commit}:${path}`),
  );
  return texts === null ? null : commits.map((commit, at) => ({ commit, text: texts[at] ?? null }));
}

/**
 * The merge in progress, if the index has its result for the file, and the last merges that were made in this work
 * tree.
 */
export async function mergesHere(place: GitPlace, file: string): Promise<readonly MergeForms[]> {
  const path = pathInWorkTree(place.root) + file;
  const heads = readText(join(place.folder, 'MERGE_HEAD')).trim();
  const found = [];
  if (/^[0-9a-f]{40,64}$/.test(heads)) found.push(await formsOf(place, path, ['HEAD', heads], `:0:${path}`));
  const made = movements(join(place.folder, 'logs', 'HEAD')).filter(({ done }) => MERGED.test(done));
  for (const { commit } of made.slice(-MOST_MERGES).toReversed()) {
    const parents =
      (await git(place.root, place.env, ['rev-parse', `${commit}^@`]))?.toString().trim().split('\n') ?? [];
    const [ours, theirs, more] = parents;
    if (ours === undefined || theirs === undefined || more !== undefined) continue;
    found.push(await formsOf(place, path, [ours, theirs], `${commit}:${path}`));
  }
  return found.filter((forms) => forms !== null);
}

async function formsOf(
  place: GitPlace,
  path: string,
  [ours, theirs]: readonly [string, string],
  result: string,
): Promise<MergeForms | null> {
  const bases = (await git(place.root, place.env, ['merge-base', '--all', ours, theirs]))
    ?.toString()
    .trim()
    .split('\n');
  if (bases === undefined) return null;
  const texts = await blobs(place, [
    `${ours}:${path}`,
    `${theirs}:${path}`,
    result,
    ...bases.map((base) => `${base}:${path}`),
  ]);
  if (texts === null) return null;
  const [own = null, other = null, settled = null, ...before] = texts;
  return { ours: own, theirs: other, result: settled, bases: before };
}

/** The texts of objects, null for each that does not exist; null when Git cannot read them. */
async function blobs({ root, env }: GitPlace, names: readonly string[]): Promise<(string | null)[] | null> {
  const output = await git(root, env, ['cat-file', '--batch'], Buffer.from(names.map((name) => `${name}\n`).join('')));
  if (output === null) return null;
  let at = 0;
  return names.map((name) => {
    const start = output.indexOf(LF, at) + 1;
    const header = output.toString('utf8', at, start - 1);
    if (header === `${name} missing`) {
      at = start;
      return null;
    }
    const size = Number(header.split(' ')[2]);
    at = start + size + 1;
    return output.toString('utf8', start, start + size);
  });
}
