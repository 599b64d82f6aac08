import { VaultFault } from './fault.ts';

/*
 * Vault files are YAML in one form only: the output of this writer. A reader parses leniently, decodes, writes again
 * and demands the same bytes (`requireCanonical`), so every meaning has one spelling and nothing can hide in a file.
 */

const LIST_SEPARATOR = ', ';
const END_LINE = '# end';

/** Words, paths, dates, digests: texts that no YAML reader takes for a number, a boolean, null or an indicator. */
const PLAIN = /^[A-Za-z0-9_/][\w./@+,()'=-]*(?: [\w./@+,()'=-]+)*$/;
const NUMBER_LIKE = /^(?:\d[.:eE+\d_-]*|0[xXoObB][\da-fA-F_]*)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Invisible, control and direction-changing characters: shown as escapes so that a diff cannot lie. */
const HIDDEN =
  /[\u007f-\u00a0\u00ad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff0-\uffff\u{e0000}-\u{10ffff}]/gu;

export class CanonicalWriter {
  readonly #lines: string[] = [];
  #indent = '';

  /** Omits an undefined value. */
  text(key: string, value: string | undefined): this {
    return value === undefined ? this : this.#field(key, scalar(value));
  }

  integer(key: string, value: number): this {
    return this.#field(key, String(value));
  }

  /** Writes only `true`. */
  flag(key: string, value: boolean): this {
    return value ? this.#field(key, 'true') : this;
  }

  list(key: string, values: readonly string[]): this {
    return this.#field(key, `[${values.map(quoted).join(LIST_SEPARATOR)}]`);
  }

  /** `text` has no empty lines and ends in one line feed. */
  block(key: string, text: string): this {
    this.#field(key, '|');
    for (const line of text.trimEnd().split('\n')) this.#lines.push(`${this.#indent}  ${line}`);
    return this;
  }

  map<T>(key: string, entries: ReadonlyMap<string, T>, write: (value: T) => void): this {
    return this.#entries(key, entries, (name, value) => {
      this.#lines.push(`${this.#indent}${scalar(name)}:`);
      this.#nested('  ', () => write(value));
    });
  }

  /** A map of maps. */
  maps<T>(key: string, entries: ReadonlyMap<string, ReadonlyMap<string, T>>, write: (value: T) => void): this {
    return this.#entries(key, entries, (name, inner) => this.map(name, inner, write));
  }

  items<T>(key: string, items: readonly T[], write: (item: T) => void): this {
    this.#lines.push(`${this.#indent}${key}:`);
    for (const item of items) {
      const before = this.#lines.length;
      this.#nested('    ', () => write(item));
      const text = this.#lines.splice(before).join('\n').trimStart();
      this.#lines.push(`${this.#indent}  - ${text}`);
    }
    return this;
  }

  finish(): string {
    return `${this.#lines.join('\n')}\n${END_LINE}\n`;
  }

  #field(key: string, written: string): this {
    this.#lines.push(`${this.#indent}${key}: ${written}`);
    return this;
  }

  #entries<T>(key: string, entries: ReadonlyMap<string, T>, write: (name: string, value: T) => void): this {
    if (entries.size === 0) return this.#field(scalar(key), '{}');
    this.#lines.push(`${this.#indent}${scalar(key)}:`);
    const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
    this.#nested('  ', () => {
      for (const [name, value] of sorted) write(name, value);
    });
    return this;
  }

  #nested(deeper: string, write: () => void): void {
    const outer = this.#indent;
    this.#indent += deeper;
    write();
    this.#indent = outer;
  }
}

function scalar(text: string): string {
  return isPlain(text) ? text : quoted(text);
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !RESERVED.test(text) && (!NUMBER_LIKE.test(text) || DATE.test(text));
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(HIDDEN, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Throws `vault/malformed` at the first line where `text` differs from `canonical`, the only form of its meaning. */
export function requireCanonical(file: string, text: string, canonical: string): void {
  if (text === canonical) return;
  const [found, wanted] = [text.split('\n'), canonical.split('\n')];
  const index = found.findIndex((line, at) => line !== wanted[at]);
  const line = (index === -1 ? found.length : index) + 1;
  throw new VaultFault('vault/malformed', { file, line }, 'not written in the one form that Lockstep writes');
}
