import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ParsedFile } from '../../definition/reading/build-catalog.ts';
import { readBeneath, statsBeneath } from '../../util/beneath.ts';
import { type KeptVault, keepVault } from '../../vault/vault-folder.ts';
import type { Project } from '../project.ts';
import { CONFIG_FILE } from '../repository/config.ts';
import { gitIsBusy, placeName } from '../repository/git-dir.ts';
import { definitionFiles } from '../repository/read-source.ts';
import type { ParsedFiles, Snapshot } from '../repository/snapshot.ts';

/** Of 20,055 reads during 300 checkouts, 35 % were empty or cut and still parsed: one read proves nothing. */
const BETWEEN_READS_MS = 50;
/** A larger file is neither a definition nor a file of a vault. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** A snapshot with a fingerprint of every file that it and the vault were read from, by path. */
export interface StableRead {
  readonly snapshot: Snapshot;
  readonly files: ReadonlyMap<string, string>;
  /** The vault that was read with them; null where one of its files is not text. */
  readonly kept: KeptVault | null;
}

/** Reads a repository repeatedly, each time only the files that have changed. */
export class StableReader {
  readonly #project: Project;
  /** Path -> the file's state when it was read, and its content's fingerprint. */
  readonly #known = new Map<string, { readonly stamp: string; readonly print: string; parsed?: ParsedFile }>();

  constructor(project: Project) {
    this.#project = project;
  }

  /**
   * Reads the repository once it is stable: sizes and times equal in two looks 50 ms apart, the same before and after
   * the read itself, and Git not in the middle of a checkout. Null when `signal` was aborted before that.
   */
  async read(signal: AbortSignal): Promise<StableRead | null> {
    const { root } = this.#project;
    let folders = this.#project.snapshot.config.definitions;
    // A look takes its files in the same order each time, so each file rests for as long as the whole.
    let rest = pause(BETWEEN_READS_MS);
    let before = textOf(look(root, folders));
    while (!signal.aborted) {
      await rest;
      const stamps = look(root, folders);
      const after = textOf(stamps);
      if (!gitIsBusy(root) && after === before) {
        const files = this.#fingerprints(stamps);
        const snapshot = await this.#project.readSnapshot([], this.#parsedFiles(stamps));
        folders = snapshot.config.definitions;
        const kept = keepVault(root, placeName(root));
        // If the settings now name other folders, the texts differ and another round follows.
        if (textOf(look(root, folders)) === after && !gitIsBusy(root)) return { snapshot, files, kept };
      }
      before = after;
      rest = pause(BETWEEN_READS_MS);
    }
    return null;
  }

  #fingerprints(stamps: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    for (const path of this.#known.keys()) if (!stamps.has(path)) this.#known.delete(path);
    return new Map(
      [...stamps].map(([path, stamp]) => {
        const known = this.#known.get(path);
        if (known?.stamp === stamp) return [path, known.print];
        const print = createHash('sha256').update(bytesOf(this.#project.root, path)).digest('hex');
        this.#known.set(path, { stamp, print });
        return [path, print];
      }),
    );
  }

  #parsedFiles(stamps: ReadonlyMap<string, string>): ParsedFiles {
    const entryOf = (path: string) => {
      const known = this.#known.get(path);
      return known !== undefined && known.stamp === stamps.get(path) ? known : undefined;
    };
    return {
      get: (path) => entryOf(path)?.parsed,
      put: (path, parsed) => {
        const entry = entryOf(path);
        if (entry !== undefined) entry.parsed = parsed;
      },
    };
  }
}

/** Every file that counts, with its size, times and inode as one text to compare; empty where the file is missing. */
function look(root: string, folders: readonly string[]): ReadonlyMap<string, string> {
  const paths = [...new Set([CONFIG_FILE, ...definitionFiles(root, folders), ...definitionFiles(root, ['vault'])])];
  const found = statsBeneath(root, paths);
  return new Map(
    paths.map((path) => {
      const stats = found.get(path);
      return [path, stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`];
    }),
  );
}

function textOf(stamps: ReadonlyMap<string, string>): string {
  return [...stamps].map(([path, stamp]) => `${path} ${stamp}`).join('\n');
}

function bytesOf(root: string, path: string): Uint8Array {
  const read = readBeneath(root, path, LARGEST_FILE);
  return 'fault' in read ? new Uint8Array() : read.bytes;
}
