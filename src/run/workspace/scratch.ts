import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { InternalError, LockstepError, systemReason } from '../../errors.ts';
import { mayBeAlive, type ProcessStamp, readStamp, stampOfThisProcess } from '../../util/process-stamp.ts';
import { MAXIMUM_OUTPUTS } from './step-outputs.ts';

const MEMORY = '/dev/shm';
const OWNER = '.owner.json';
const FORM = /^lockstep-\d+-\d*-[A-Za-z0-9]{6}$/;

/** A private folder (0700) for what one step is handed: its script, its input, its secret files. */
export interface StepScratch {
  readonly path: string;
  /** Makes a file that was not there, with this mode; returns its path. */
  write(name: string, bytes: Uint8Array, mode: number): string;
  /**
   * The content that the step left in the file, or null when it is larger than the limit. A path that is gone or not a
   * file counts as empty.
   */
  read(name: string): Uint8Array | null;
  remove(path: string): void;
  /** Removes the folder and all in it, at once: a process that exits can call it. May be called again. */
  dispose(): void;
}

/** The private folder of one run. */
export interface Scratch extends StepScratch {
  /** A folder within, under a name of its own for every call; `id` may be any text and is there for people who look. */
  step(id: string): StepScratch;
}

export interface ScratchOptions {
  /** The folder to make it in. By default `scratchBase(temporary)`. */
  readonly base?: string;
  /** The machine's folder for temporary files; /tmp by default. */
  readonly temporary?: string;
}

/** Where secret files never reach a disk, if the machine has such a place. */
export function scratchBase(temporary = '/tmp'): string {
  return memoryFolder() ?? temporary;
}

/** Null on a machine without one that we may use. */
export function memoryFolder(): string | null {
  try {
    accessSync(`${MEMORY}/.`, constants.W_OK | constants.X_OK);
    return MEMORY;
  } catch {
    return null;
  }
}

/** Makes `lockstep-PID-START-RANDOM`. Throws `state/unusable` when there is no room or no right to. */
export function createScratch({ base, temporary }: ScratchOptions = {}): Scratch {
  const place = base ?? scratchBase(temporary);
  try {
    return makeScratch(place);
  } catch (error) {
    // What killed runs left may have filled the memory.
    if (sweepScratch(place) === 0) throw error;
    return makeScratch(place);
  }
}

function makeScratch(base: string): Scratch {
  const stamp = stampOfThisProcess();
  const folder = new PrivateFolder(join(base, prefixOf(stamp)));
  try {
    folder.write(OWNER, Buffer.from(JSON.stringify(stamp)), 0o400);
  } catch (error) {
    // Without its owner's name no sweep would ever judge it.
    folder.dispose();
    throw error;
  }
  return folder;
}

/** Six random characters follow it. */
function prefixOf({ pid, started }: ProcessStamp): string {
  return `lockstep-${pid}-${started}-`;
}

/**
 * Removes the scratch folders that killed runs left in `base`: those of this user whose process is certainly gone.
 * Returns how many. Links are never followed, and what cannot be judged or removed is left.
 */
export function sweepScratch(base: string): number {
  const self = stampOfThisProcess();
  const left = list(base).filter(
    (name) => FORM.test(name) && !name.startsWith(prefixOf(self)) && isOurs(join(base, name)),
  );
  const dead = left.filter((name) => {
    const owner = readStamp(join(base, name, OWNER));
    return owner !== undefined && !mayBeAlive(owner, self);
  });
  for (const name of dead) removeTree(join(base, name));
  return dead.length;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOurs(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

class PrivateFolder implements Scratch {
  readonly path: string;

  /** mkdtemp makes folders with mode 0700. */
  constructor(prefix: string) {
    this.path = attempt(prefix, () => mkdtempSync(prefix));
  }

  step(id: string): StepScratch {
    return new PrivateFolder(join(this.path, `${id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)}-`));
  }

  write(name: string, bytes: Uint8Array, mode: number): string {
    const path = this.#pathOf(name);
    attempt(path, () => writeFileSync(path, bytes, { flag: 'wx', mode }));
    return path;
  }

  read(name: string): Uint8Array | null {
    return readAtMost(this.#pathOf(name), MAXIMUM_OUTPUTS);
  }

  remove(path: string): void {
    rmSync(this.#pathOf(basename(path)), { force: true });
  }

  dispose(): void {
    removeTree(this.path);
  }

  #pathOf(name: string): string {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw new InternalError('not a file name');
    return join(this.path, name);
  }
}

function attempt<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new LockstepError(
      'state/unusable',
      `${path} cannot be made (${systemReason(error)})`,
      ['make room on that file system, or make its folder writable'],
      error,
    );
  }
}

/** The step may have put anything in the file's place: opening a pipe must not wait, no link is followed, and a huge file is not read. */
function readAtMost(path: string, limit: number): Uint8Array | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return new Uint8Array(0);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return new Uint8Array(0);
    if (stat.size > limit) return null;
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    for (let got = -1; got !== 0; length += got) got = readSync(file, bytes, length, bytes.length - length, length);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** A step may have taken the rights from its folders. What stays for all that is swept by a later run. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    try {
      openFolders(path);
      rmSync(path, { recursive: true, force: true });
    } catch {}
  }
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o700);
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) openFolders(join(folder, name));
}
