import { LockstepError, limitOf, reasonOfCode, systemCode } from '../errors.ts';
import { isName } from '../names.ts';
import { listBeneath, readBeneath, splitPath, statBeneath } from '../util/beneath.ts';
import { VaultFault } from './format/fault.ts';
import type { Lineage } from './lineage.ts';

/** The place of a vault, and this machine's knowledge of it. The composition root fills it in. */
export interface VaultStore {
  /** The root of the repository; the vault is `root`/vault. */
  readonly root: string;
  /** Files to read instead of those on the disk: for a server that keeps its last good state. */
  readonly kept?: KeptVault;
  /** Where pins and locks are kept, outside the repository. */
  readonly stateDir: string;
  /** Full name of the checked-out Git ref; else `commit:HASH` or `folder:PATH`. */
  readonly ref: string;
  /** Git's records about the checkout; absent outside Git. */
  readonly lineage?: Lineage;
  /** Called when a state is accepted although this machine had seen another state. */
  readonly warn?: (message: string) => void;
  /** `LOCKSTEP_TRUST`: the hash of one root of the vault. */
  readonly trust?: string;
  /** Gives the day for `rotated`; the system's clock when absent. */
  readonly clock?: () => Date;
}

/** A vault as it was at one moment. */
export interface KeptVault {
  /** The place of the files, in the form of `VaultStore.ref`: this machine's memory uses it as the key. */
  readonly ref: string;
  /** The texts of its files, by their paths from the root of the repository. */
  readonly files: ReadonlyMap<string, string>;
}

type VaultFiles = Pick<VaultStore, 'root' | 'kept'>;

export const ROOT_SIZE_LIMIT = 4 * 1024 * 1024;
export const ENTRY_SIZE_LIMIT = 2 * 1024 * 1024;
const SUFFIX = '.yaml';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a vault file; null when it does not exist. `file` is its path from the repository's root. Never follows a
 * symbolic link. Throws `vault/malformed` or `file/unreadable`.
 */
export function readVaultFile({ root, kept }: VaultFiles, file: string, limit: number): string | null {
  if (kept !== undefined) return kept.files.get(file) ?? null;
  requireRealFolders(root, file);
  const bytes = readRegularFile(root, file, limit);
  if (bytes === null) return null;
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(file, 'is not UTF-8 text');
  }
}

/** The content of the folder `vault/GROUP`: the names of its secrets, sorted, and yaml files that cannot be secrets. */
export function listGroupFolder(place: VaultFiles, group: string): { names: string[]; strays: string[] } {
  const folder = `vault/${group}`;
  const files = filesOf(place, folder).filter((name) => name.endsWith(SUFFIX));
  const names = files.map((file) => file.slice(0, -SUFFIX.length));
  return {
    names: names.filter((name) => isName('secret', name)).sort(),
    strays: names.filter((name) => !isName('secret', name)).map((name) => `${folder}/${name}${SUFFIX}`),
  };
}

/** Reads all files of the vault; null where one of them is not a regular text file, so that the vault is not sound. */
export function keepVault(root: string, ref: string): KeptVault | null {
  const files = new Map<string, string>();
  try {
    for (const folder of ['', ...listVaultFolders({ root })]) {
      const path = folder === '' ? 'vault' : `vault/${folder}`;
      for (const name of filesOf({ root }, path).filter((one) => one.endsWith(SUFFIX))) {
        const text = readVaultFile({ root }, `${path}/${name}`, ROOT_SIZE_LIMIT);
        if (text !== null) files.set(`${path}/${name}`, text);
      }
    }
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
  return { ref, files };
}

function filesOf({ root, kept }: VaultFiles, folder: string): string[] {
  if (kept !== undefined)
    return [...kept.files.keys()].flatMap((path) => {
      const { folder: parent, name } = splitPath(path);
      return parent === folder ? [name] : [];
    });
  requireRealFolders(root, `${folder}/`);
  return readFolder(root, folder).map(({ name }) => name);
}

/** The folders in `vault/`. */
export function listVaultFolders({ root, kept }: VaultFiles): readonly string[] {
  if (kept !== undefined) return [...new Set([...kept.files.keys()].flatMap((path) => path.split('/').slice(1, -1)))];
  const folders = readFolder(root, 'vault').filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => !name.startsWith('.'));
}

/**
 * Null where no vault exists. A folder with secrets but no vault.yaml does not count as empty, because a new vault
 * would bury them (`vault/missing`).
 */
export function readRootFile(place: VaultFiles): string | null {
  const text = readVaultFile(place, 'vault/vault.yaml', ROOT_SIZE_LIMIT);
  if (text !== null) return text;
  const group = listVaultFolders(place).find((name) => listGroupFolder(place, name).names.length > 0);
  if (group === undefined) return null;
  throw new LockstepError('vault/missing', `vault/vault.yaml is missing, and vault/${group} holds secrets`, [
    'git checkout -- vault/vault.yaml',
    'if no one needs them: move the folder vault away, then lockstep init',
  ]);
}

/** Refuses a vault or a group that is a symbolic link or not a folder: it could lie outside the repository. */
function requireRealFolders(root: string, file: string): void {
  const parts = file.split('/').slice(0, -1);
  for (const [index] of parts.entries()) {
    const folder = parts.slice(0, index + 1).join('/');
    const found = statBeneath(root, folder);
    if (found?.isSymbolicLink()) throw malformed(folder, 'is a symbolic link, which a vault may not hold');
    if (found !== undefined && !found.isDirectory()) throw malformed(folder, 'is not a folder');
  }
}

const FAULTS = {
  missing: () => null,
  link: (file: string) => malformed(file, 'is a symbolic link, which a vault may not hold'),
  'not-a-file': (file: string) => malformed(file, 'is not a regular file'),
  unreadable: (file: string, code: string) => unreadable(file, code),
};

function readRegularFile(root: string, file: string, limit: number): Uint8Array | null {
  const read = readBeneath(root, file, limit);
  if ('bytes' in read) return read.bytes;
  if (read.fault === 'too-large') throw malformed(file, `is larger than ${limit / 1024 / 1024} MiB`);
  const fault = FAULTS[read.fault](file, read.code);
  if (fault !== null) throw fault;
  return null;
}

function readFolder(root: string, folder: string): ReturnType<typeof listBeneath> {
  try {
    return listBeneath(root, folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw unreadable(folder, systemCode(error) ?? 'unknown reason');
  }
}

function malformed(file: string, what: string): VaultFault {
  return new VaultFault('vault/malformed', { file }, what);
}

function unreadable(file: string, code: string): VaultFault {
  return new VaultFault('file/unreadable', { file }, `cannot be read (${reasonOfCode(code)})`, [
    limitOf(code)?.hint ?? `ls -ld '${file}'`,
  ]);
}
