import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ParsedFile } from '../../definition/reading/build-catalog.ts';
import { readBeneath, statsBeneath } from '../../util/beneath.ts';
import { type KeptVault, keepVault } from '../../vault/vault-folder.ts';
import { CONFIG_FILE, DEFAULT_DEFINITIONS } from '../repository/config.ts';
import { gitIsBusy, placeName } from '../repository/git-dir.ts';
import { definitionFiles } from '../repository/read-source.ts';
import { type ParsedFiles, readSnapshot, type Snapshot } from '../repository/snapshot.ts';

/** Of 20,055 reads during 300 checkouts, 35 % were empty or cut and still parsed: one read proves nothing. */
const BETWEEN_LOOKS_MS = 50;
/** Files whose last change is as long ago hold still: a file system of another machine may have a clock of its own. */
const RESTED_MS = 2_000;
/** A larger file is neither a definition nor a file of a vault. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** A snapshot with a fingerprint of every file that it and the vault were read from, by path. */
export interface StableRead {
  readonly snapshot: Snapshot;
  readonly files: ReadonlyMap<string, string>;
  /** The vault that was read with them; null where one of its files is not text. */
  readonly kept: KeptVault | null;
}

/** Every file that counts, at one moment. */
interface Look {
  /** The size, times and inode of each by its path; empty where the file is missing. */
  readonly stamps: ReadonlyMap<string, string>;
  /** All of that, and the place of the checkout, to compare. */
  readonly text: string;
  /** Whether the last change of any of them is long ago. */
  readonly isRested: boolean;
}

interface KnownFile {
  readonly stamp: string;
  print?: string;
  parsed?: ParsedFile;
}

/** Reads a repository repeatedly, each time only the files that have changed. */
export class StableReader {
  readonly #root: string;
  readonly #cacheFolder: string;
  #folders: readonly string[] = DEFAULT_DEFINITIONS;
  /** By path, as it was when it was read. */
  readonly #known = new Map<string, KnownFile>();
  #last: { readonly text: string; readonly read: StableRead } | undefined;

  /** @param cacheFolder Lockstep's cache folder */
  constructor(root: string, cacheFolder: string) {
    this.#root = root;
    this.#cacheFolder = cacheFolder;
  }

  /**
   * Reads the repository once it is stable: sizes and times equal in two looks 50 ms apart, or long unchanged; the same
   * before and after the read itself; and Git not in the middle of a checkout. Null when `signal` was aborted before that.
   */
  async read(signal: AbortSignal): Promise<StableRead | null> {
    for (let before = ''; !signal.aborted; ) {
      // A look takes its files in the same order each time, so each file rests for as long as the whole.
      const rest = pause(BETWEEN_LOOKS_MS);
      const look = this.#look();
      const isStill = look.isRested || look.text === before;
      if (isStill && !gitIsBusy(this.#root)) {
        if (this.#last?.text === look.text) return this.#last.read;
        const read = await this.#readOnce(look);
        // If the settings now name other folders, the texts differ and another round follows.
        if (this.#look().text === look.text && !gitIsBusy(this.#root)) return read;
      }
      before = look.text;
      await rest;
    }
    return null;
  }

  /** Whether all files are as the last read found them. */
  isUnchanged(): boolean {
    return this.#last?.text === this.#look().text && !gitIsBusy(this.#root);
  }

  async #readOnce({ stamps, text }: Look): Promise<StableRead> {
    for (const path of this.#known.keys()) if (!stamps.has(path)) this.#known.delete(path);
    for (const [path, stamp] of stamps) if (this.#known.get(path)?.stamp !== stamp) this.#known.set(path, { stamp });
    const snapshot = await readSnapshot(this.#root, this.#cacheFolder, [], this.#parsedFiles());
    this.#folders = snapshot.config.definitions;
    const kept = keepVault(this.#root, placeName(this.#root));
    const files = new Map([...this.#known].map(([path, known]) => [path, this.#print(path, known)]));
    const read = { snapshot, files, kept };
    // What could not be read this time may be readable the next time.
    this.#last = snapshot.unreadable.length === 0 && kept !== null ? { text, read } : undefined;
    return read;
  }

  #print(path: string, known: KnownFile): string {
    known.print ??= createHash('sha256')
      .update(known.parsed?.source.text ?? bytesOf(this.#root, path))
      .digest('hex');
    return known.print;
  }

  #parsedFiles(): ParsedFiles {
    return {
      get: (path) => this.#known.get(path)?.parsed,
      put: (path, parsed) => {
        const known = this.#known.get(path);
        if (known !== undefined) known.parsed = parsed;
      },
    };
  }

  #look(): Look {
    const root = this.#root;
    const paths = new Set([CONFIG_FILE, ...definitionFiles(root, this.#folders), ...definitionFiles(root, ['vault'])]);
    const found = statsBeneath(root, [...paths]);
    const stamps = new Map(
      [...paths].map((path) => {
        const stats = found.get(path);
        return [path, stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`];
      }),
    );
    const changed = [...found.values()].reduce((latest, { ctimeMs }) => (ctimeMs > latest ? ctimeMs : latest), 0n);
    return {
      stamps,
      text: [placeName(root), ...[...stamps].map(([path, stamp]) => `${path} ${stamp}`)].join('\n'),
      isRested: Date.now() - Number(changed) > RESTED_MS,
    };
  }
}

function bytesOf(root: string, path: string): Uint8Array {
  const read = readBeneath(root, path, LARGEST_FILE);
  return 'fault' in read ? new Uint8Array() : read.bytes;
}
