import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { accept, readAccepted } from './accepted.ts';
import { type Ambient, CONFIG_FILE, DEFAULT_DEFINITIONS, ownAccounts, userFoldersOf } from './config.ts';
import { gitFolder, gitTop } from './git-dir.ts';

/*
 * The author of a repository decides what runs in it, so Lockstep does not use a repository that another user of the
 * machine could plant; nor does Git, since CVE-2022-24765. Two conditions apply to the root and to the top of its Git
 * work tree:
 *
 * - The folder, its marks and its Git folder belong to this user (under sudo also to the user who called).
 * - The search did not climb into a folder that everyone may write: its marks may appear or vanish at any moment.
 *   The sticky bit does not help, because everyone can still add a missing mark.
 */

/** The files and folders that another user would plant. */
const MARKS = ['.git', CONFIG_FILE, 'vault', ...DEFAULT_DEFINITIONS];
const OTHERS_MAY_WRITE = 0o002;

/**
 * @param start the real path at which the search began; the root itself where it was named
 * @throws LockstepError `project/untrusted`
 */
export function requireTrustedRoot(root: string, start: string, env: Ambient): void {
  const top = gitTop(root);
  for (const folder of new Set([root, top ?? root])) {
    const reason = reasonAgainst(folder, start, ownAccounts(env));
    if (reason !== undefined && !isAccepted(folder, env)) throw untrusted(folder, reason);
  }
}

/**
 * Accepts a folder by name on this machine, regardless of its owner. Returns its real path. @throws LockstepError
 * `project/not-found`
 */
export async function trustRoot(folder: string, env: Ambient): Promise<string> {
  const real = existingFolder(folder, 'lockstep trust --root DIR');
  await accept(storeOf(env), real, 'trusted');
  return real;
}

function isAccepted(folder: string, env: Ambient): boolean {
  const named = env.LOCKSTEP_SAFE_DIRECTORY;
  return (
    readAccepted(storeOf(env))[folder] !== undefined || (named?.startsWith('/') === true && resolve(named) === folder)
  );
}

function storeOf(env: Ambient): string {
  return join(userFoldersOf(env).state, 'roots.json');
}

function reasonAgainst(folder: string, start: string, own: readonly number[] | undefined): string | undefined {
  // Windows has no owners of this kind.
  if (own === undefined) return undefined;
  const marks = MARKS.map((name) => join(folder, name));
  const paths = [folder, ...marks, ...(gitTop(folder) === folder ? [gitFolder(folder) ?? folder] : [])];
  for (const path of paths) {
    const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
    if (owner !== undefined && !own.includes(owner)) return `${path} belongs to ${accountOf(owner)}`;
  }
  const { mode, uid } = statSync(folder);
  if (folder === start || (mode & OTHERS_MAY_WRITE) === 0) return undefined;
  return `the search upward from ${start} ended in ${folder}, which belongs to ${accountOf(uid)} and where everybody may write`;
}

function untrusted(folder: string, reason: string): LockstepError {
  return new LockstepError('project/untrusted', `${reason}; another user may have put there what would run`, [
    `if you trust all that is in it: lockstep trust --root '${folder}'`,
    `in CI or a container that is thrown away: LOCKSTEP_SAFE_DIRECTORY='${folder}'`,
    'if you meant another repository: lockstep -C DIR ...',
  ]);
}

function accountOf(uid: number): string {
  const [name] = accounts().find(([, , id]) => id === String(uid)) ?? [];
  return name === undefined ? `the user ${uid}` : `the user ${name} (${uid})`;
}

function accounts(): readonly (readonly string[])[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

/**
 * The real path of a folder.
 * @param next the command that names another folder.
 * @throws LockstepError `project/not-found`
 */
export function existingFolder(path: string, next: string): string {
  try {
    if (statSync(path).isDirectory()) return realpathSync(path);
  } catch {
    // Reported below: the message is the same for every obstacle.
  }
  throw new LockstepError('project/not-found', `${path} is not a folder that can be opened`, [next]);
}
