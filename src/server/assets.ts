import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of the page, read once. */
export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;

  /** @param folder dist/console */
  constructor(folder: string) {
    const names = readdirSync(folder).filter((name) => TYPES[extname(name)] !== undefined);
    this.#files = new Map(
      names.map((name) => [
        name,
        { type: TYPES[extname(name)] ?? '', bytes: Uint8Array.from(readFileSync(join(folder, name))) },
      ]),
    );
  }

  find(name: string): Asset | undefined {
    return this.#files.get(name);
  }
}
