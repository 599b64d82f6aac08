import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import { createFile, makeFolders } from './atomic-file.ts';
import { isProcessStamp, mayBeAlive, type ProcessStamp, stampOfThisProcess } from './process-stamp.ts';
import { monotonicMs } from './timing.ts';

/*
 * The lock is a file that appears complete (written under another name, then linked). A process killed while it holds
 * the lock leaves the file behind. Another process must not simply delete it, because a third may have deleted it and
 * taken the lock in the meantime. So the finder first creates `LOCK.claim-NONCE-0`, which only one process can. While
 * it owns that claim it reads the lock again and deletes it if it still belongs to the dead holder. Nonces are never
 * reused, so a late claim finds another nonce and does nothing. If the claimer dies as well, the next one claims
 * generation 1, and so on.
 */

export interface LockOptions {
  /** How long to wait for a living holder; 10 when absent. */
  readonly waitSeconds?: number;
  /** Stops the waiting, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called once if another process or task holds the lock. */
  readonly onWait?: (holder: Holder) => void;
}

/** The content of a lock file. */
export interface Holder extends ProcessStamp {
  readonly nonce: string;
}

const RETRY_MS = 20;
const RELEASE_TRIES = 3;
/**
 * Keeps a dangling link or a pipe in place of the lock from blocking us. Windows lacks these flags: `|` treats them as
 * 0.
 */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Runs `work` while only this task, among all tasks and processes of this machine, holds the lock file at `path`.
 * Throws `lock/held` when a living holder does not release it in time, `state/unusable` when the lock's folder cannot
 * be written.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await holdLock(path, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** As `withLock`, for work that is not a single function: holds the lock until the returned function is called. */
export async function holdLock(path: string, options: LockOptions): Promise<() => Promise<void>> {
  const holder: Holder = { ...stampOfThisProcess(), nonce: randomBytes(12).toString('hex') };
  await acquire(path, holder, options);
  try {
    await sweepClaims(path);
  } catch (error) {
    await release(path, holder);
    throw error;
  }
  return () => release(path, holder);
}

async function acquire(path: string, self: Holder, options: LockOptions): Promise<void> {
  await makeFolder(dirname(path));
  const deadline = monotonicMs() + (options.waitSeconds ?? 10) * 1000;
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await createHolderFile(path, self)) break;
    // Look before trying: a look is cheap, but each try writes and syncs a file.
    for (let found = await readHolder(path); found !== undefined; found = await readHolder(path)) {
      if (!mayBeAlive(found, self) && (await removeDeadLock(path, found, self))) break;
      if (monotonicMs() >= deadline) throw held(path, found);
      if (!told) options.onWait?.(found);
      told = true;
      const ended = pause(RETRY_MS * (0.5 + Math.random()), undefined, options.signal && { signal: options.signal });
      await ended.catch(() => options.signal?.throwIfAborted());
    }
  }
}

/**
 * True when the dead holder's lock is gone, regardless of who removed it; false while another living claimer is
 * removing it. Separate from `withLock` so that a test can simulate a late claim.
 */
export async function removeDeadLock(path: string, dead: Holder, self: Holder): Promise<boolean> {
  for (let generation = 0; ; ) {
    const claim = `${path}.claim-${dead.nonce}-${generation}`;
    if (await createHolderFile(claim, self)) {
      if ((await readHolder(path))?.nonce === dead.nonce) await remove(path);
      await remove(claim);
      return true;
    }
    const claimer = await readHolder(claim);
    if (claimer === undefined) continue;
    if (mayBeAlive(claimer, self)) return false;
    generation += 1;
  }
}

/** Removes claims on locks that are gone, which their dead owners left. Called by the lock's holder only. */
async function sweepClaims(path: string): Promise<void> {
  const prefix = `${basename(path)}.claim-`;
  const names = await fs.readdir(dirname(path)).catch(() => []);
  for (const name of names) if (name.startsWith(prefix)) await remove(join(dirname(path), name));
}

/** Retries when the disk fails: a lock that is not released blocks all others for the life of this process. */
async function release(path: string, self: Holder): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      if ((await readHolder(path))?.nonce === self.nonce) await remove(path);
      return;
    } catch (error) {
      if (tries === RELEASE_TRIES) throw error;
    }
  }
}

/** Removes the file again after a later failure: it would block all others for the life of this process. */
async function createHolderFile(path: string, holder: Holder): Promise<boolean> {
  const bytes = Buffer.from(`${JSON.stringify(holder)}\n`);
  return createFile(path, bytes, 0o600).catch(async ({ message, hints }: LockstepError) => {
    await release(path, holder).catch(() => undefined);
    throw unusable(message, undefined, hints);
  });
}

/**
 * Undefined when the file does not exist. Throws `state/unusable` for a file in another form, which we did not make.
 */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await fs.readFile(path, { encoding: 'utf8', flag: READ_FLAGS }));
    if (isProcessStamp(holder) && 'nonce' in holder && /^[0-9a-f]{24}$/.test(String(holder.nonce))) {
      return holder as Holder;
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) !== undefined) throw unusable(`${path} cannot be read (${systemReason(error)})`, error);
  }
  throw unusable(`${path} is not a lock that Lockstep wrote`, undefined, [`if no lockstep is running: rm '${path}'`]);
}

async function remove(path: string): Promise<void> {
  try {
    await fs.rm(path, { force: true });
  } catch (error) {
    throw unusable(`${path} cannot be removed (${systemReason(error)})`, error);
  }
}

/** Makes a folder of the state folder that only its owner can access. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder, 0o700);
  } catch (error) {
    throw unusable(`${folder} cannot be made (${systemReason(error)})`, error);
  }
}

function held(path: string, holder: Holder): LockstepError {
  return new LockstepError('lock/held', `process ${holder.pid} on ${holder.host} is writing and holds ${path}`, [
    'wait until it is done, then repeat the command',
    `if that process is gone for good (another container or machine): rm '${path}'`,
  ]);
}

function unusable(message: string, cause?: unknown, hints: readonly string[] = []): LockstepError {
  const hint = 'make the state folder writable, or name another one in LOCKSTEP_STATE_DIR';
  return new LockstepError('state/unusable', message, [...hints, hint], cause);
}
