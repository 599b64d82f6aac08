import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readText } from '../../util/read-text.ts';
import type { Lineage, Origin } from '../../vault/lineage.ts';
import type { Ambient } from '../repository/config.ts';
import { gitFolder, placeName } from '../repository/git-dir.ts';
import { formsSince, headMark, mergesHere } from './git-history.ts';
import { type Movement, movements } from './reflog.ts';

const HEADS = 'refs/heads/';
/** How many branches back, where each was made from the one before. */
const DEEPEST = 16;

/**
 * Git's records on this machine about the branch that is checked out. They are read from Git's files, because starting
 * Git costs more than a whole `run` should. Undefined outside Git, and where refs are not kept in files.
 *
 * The first line of a new branch's reflog is `branch: Created from START`. START is `HEAD` or the name of a local
 * branch when the branch was made here from local work, and a remote ref, a commit or a tag when it comes from others.
 * Only the first kind counts, and only if that branch's own reflog shows that it pointed at this commit at that moment.
 */
export function gitLineage(root: string, env: Ambient): Lineage | undefined {
  const folder = gitFolder(root);
  if (folder === undefined) return undefined;
  const home = resolve(folder, readText(join(folder, 'commondir')).trim());
  if (isPresent(join(home, 'reftable'))) return undefined;
  const place = { root, env, folder };
  return {
    home,
    madeFrom: () => originsOf(placeName(root), folder, home),
    trunk: () => trunkOf(home),
    isGone: (ref) => ref.startsWith(HEADS) && ref !== placeName(root) && !refExists(home, ref),
    mark: () => headMark(folder),
    formsSince: (mark, file) => formsSince(place, mark, file),
    mergesHere: (file) => mergesHere(place, file),
  };
}

function originsOf(ref: string, folder: string, home: string): readonly Origin[] {
  const origins: Origin[] = [];
  for (let made = ref; origins.length < DEEPEST; ) {
    const origin = originOf(made, folder, home);
    if (origin === null || origins.some((one) => one.ref === origin.ref)) break;
    origins.push(origin);
    made = origin.ref;
  }
  return origins;
}

function originOf(ref: string, folder: string, home: string): Origin | null {
  if (!ref.startsWith(HEADS)) return null;
  const [first] = movements(join(home, 'logs', ref));
  const [, start] = /^branch: Created from (\S+)$/.exec(first?.done ?? '') ?? [];
  if (first === undefined || start === undefined || !/^0+$/.test(first.old)) return null;
  const parent = start === 'HEAD' ? leftAt(first, folder) : start.startsWith(HEADS) ? start : HEADS + start;
  const stood = parent !== undefined && parent !== ref && stoodAt(join(home, 'logs', parent), first);
  return stood ? { ref: parent, at: first.at } : null;
}

/** The branch that was checked out before the new one, if the new one was made by checking it out. */
function leftAt({ commit, at }: Movement, folder: string): string | undefined {
  const moves = movements(join(folder, 'logs', 'HEAD')).filter((one) => one.at === at && one.commit === commit);
  const [, left] = /^checkout: moving from (\S+) to \S+$/.exec(moves.at(-1)?.done ?? '') ?? [];
  return left === undefined ? undefined : HEADS + left;
}

/** Whether a branch pointed at the commit in that second: when the second began, or after a movement within it. */
function stoodAt(log: string, { commit, at }: Movement): boolean {
  const all = movements(log);
  const before = all.findLast((one) => one.at < at);
  return before?.commit === commit || all.some((one) => one.at === at && one.commit === commit);
}

function trunkOf(home: string): string | undefined {
  const remotes = join(home, 'refs', 'remotes');
  const names = folderNames(remotes).sort((one, other) => Number(other === 'origin') - Number(one === 'origin'));
  for (const remote of names) {
    const [, branch] = /^ref: refs\/remotes\/(\S+)$/m.exec(readText(join(remotes, remote, 'HEAD'))) ?? [];
    if (branch?.startsWith(`${remote}/`)) return HEADS + branch.slice(remote.length + 1);
  }
  return undefined;
}

function refExists(home: string, ref: string): boolean {
  return (
    isPresent(join(home, ref)) ||
    readText(join(home, 'packed-refs'))
      .split('\n')
      .some((line) => line.endsWith(` ${ref}`))
  );
}

function isPresent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function folderNames(path: string): string[] {
  return isPresent(path) ? readdirSync(path) : [];
}
