import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { YamlNode } from '../../text/node.ts';
import { decodeNode, encodeNode } from '../../text/node-codec.ts';
import type { SourceFile } from '../../text/source.ts';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { belongsToOthers } from '../../util/other-users.ts';

/** The schema that the documents were validated with. */
export type ParsedAs = 'definition' | 'settings';

/**
 * Stores the parsed form of a valid file by the hash of its text, so that the next start loads neither the YAML nor the
 * schema library. It holds data and never code; grants and digests are computed from it every time. A cache that is
 * missing, damaged, or made by another build counts as empty; a failed write is ignored.
 */
export class ParseCache {
  readonly #path: string;
  /** Another user must be unable to decide what our definitions are or where we write. */
  readonly #isOurs: boolean;
  #entries: Map<string, unknown> | undefined;
  readonly #used = new Map<string, unknown>();
  #changed = false;

  /** @param folder Lockstep's cache folder */
  constructor(folder: string, root: string) {
    const name = createHash('sha256').update(`${BUILD}\0${root}`).digest('hex').slice(0, 32);
    this.#path = join(folder, 'parsed', `${name}.json`);
    this.#isOurs = !belongsToOthers(this.#path);
  }

  /** Read when it is needed: a server that reads one changed file again may need none of it. */
  get #known(): Map<string, unknown> {
    this.#entries ??= this.#isOurs ? readEntries(this.#path) : new Map();
    return this.#entries;
  }

  /** The roots of the file's documents, or undefined when it has to be parsed. */
  get(source: SourceFile, as: ParsedAs): YamlNode[] | undefined {
    const key = keyOf(source, as);
    const found = this.#known.get(key);
    if (!Array.isArray(found)) return undefined;
    try {
      const roots = found.map(decodeNode);
      this.#used.set(key, found);
      return roots;
    } catch {
      return undefined;
    }
  }

  put(source: SourceFile, as: ParsedAs, roots: readonly YamlNode[]): void {
    this.#used.set(keyOf(source, as), roots.map(encodeNode));
    this.#changed = true;
  }

  /** Keeps the entries that were read since the start, and drops the rest. */
  save(): void {
    if (!this.#changed || !this.#isOurs) return;
    const draft = `${this.#path}.${process.pid}.tmp`;
    try {
      makeFoldersSync(join(this.#path, '..'), 0o700);
      writeFileSync(draft, JSON.stringify([...this.#used]), { flag: 'wx', mode: 0o600 });
      renameSync(draft, this.#path);
    } catch {
      removeIfPossible(draft);
    }
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/** The bundle's file name has a hash of its content: another build reads another cache. */
const BUILD = basename(import.meta.filename);

function keyOf(source: SourceFile, as: ParsedAs): string {
  return createHash('sha256').update(`${as}\0`).update(source.text).digest('base64url');
}

function readEntries(path: string): Map<string, unknown> {
  try {
    const entries: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return new Map(
      Array.isArray(entries)
        ? entries.filter((entry): entry is [string, unknown] => Array.isArray(entry) && typeof entry[0] === 'string')
        : [],
    );
  } catch {
    return new Map();
  }
}
