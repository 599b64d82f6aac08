import { VaultFault } from './fault.ts';

/** `key: value` as a file has it, before its type is known. */
export interface Field {
  readonly key: string;
  readonly line: number;
  readonly value: FieldValue;
}

export type FieldValue =
  | { readonly kind: 'scalar'; readonly raw: string }
  | { readonly kind: 'block'; readonly text: string }
  | { readonly kind: 'map'; readonly fields: readonly Field[] }
  | { readonly kind: 'items'; readonly items: readonly (readonly Field[])[] };

const FIELD = /^( *)(- )?("?)([A-Za-z][A-Za-z0-9_-]*)\3:(?: (.+))?$/;
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/;
const DEEPEST = 12;

/**
 * Parses a vault file line by line (a YAML library costs more start-up than the whole rest of a run). It only has to
 * understand the output of `CanonicalWriter`; `requireCanonical` later refuses anything else that it lets through.
 */
export function parseFields(file: string, text: string): readonly Field[] {
  return new LineParser(file, text).document();
}

class LineParser {
  readonly #file: string;
  readonly #lines: readonly string[];
  #next = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    if (text.includes('\r')) this.#carriageReturn(text);
    this.#lines = text.split('\n');
    const conflict = this.#lines.findIndex((line) => CONFLICT.test(line));
    if (conflict !== -1) this.#mergeConflict(conflict);
  }

  document(): readonly Field[] {
    const fields = this.#fieldsAt(0);
    const rest = this.#lines.slice(this.#next);
    if (rest[0] !== '# end') throw this.#fault('a field or the closing line "# end" was expected here');
    if (rest.length !== 2 || rest[1] !== '') throw this.#fault('the line "# end" has to be the last one', 1);
    return fields;
  }

  /** The consecutive fields exactly at `indent`; lines of `items` end them. */
  #fieldsAt(indent: number): readonly Field[] {
    if (indent > DEEPEST) throw this.#fault('nested deeper than any vault file is');
    const fields: Field[] = [];
    const seen = new Set<string>();
    for (;;) {
      const found = this.#fieldLine();
      if (found === null || found.dash || found.indent !== indent) return fields;
      if (seen.has(found.key)) throw this.#fault(`the field "${found.key}" stands here twice`);
      seen.add(found.key);
      const line = ++this.#next;
      fields.push({ key: found.key, line, value: this.#value(found.raw, indent) });
    }
  }

  #value(raw: string | undefined, indent: number): FieldValue {
    if (raw === '|') return { kind: 'block', text: this.#blockText(indent + 2) };
    if (raw !== undefined) return { kind: 'scalar', raw };
    const first = this.#fieldLine();
    if (first?.dash) return { kind: 'items', items: this.#items(indent + 2) };
    return { kind: 'map', fields: this.#fieldsAt(indent + 2) };
  }

  #blockText(indent: number): string {
    const margin = ' '.repeat(indent);
    const lines: string[] = [];
    for (let line = this.#lines[this.#next]; line?.startsWith(margin); line = this.#lines[++this.#next]) {
      lines.push(line.slice(indent));
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  #items(indent: number): readonly (readonly Field[])[] {
    const items: (readonly Field[])[] = [];
    for (;;) {
      const found = this.#fieldLine();
      if (found === null || !found.dash || found.indent !== indent) return items;
      const line = ++this.#next;
      const first: Field = { key: found.key, line, value: this.#value(found.raw, indent + 2) };
      const others = this.#fieldsAt(indent + 2);
      if (others.some((field) => field.key === first.key))
        throw this.#fault(`the field "${first.key}" stands here twice`);
      items.push([first, ...others]);
    }
  }

  #fieldLine(): { indent: number; dash: boolean; key: string; raw: string | undefined } | null {
    const match = FIELD.exec(this.#lines[this.#next] ?? '');
    if (match === null) return null;
    const [, spaces = '', dash, , key = '', raw] = match;
    return { indent: spaces.length, dash: dash !== undefined, key, raw };
  }

  #fault(what: string, ahead = 0): VaultFault {
    return new VaultFault('vault/malformed', { file: this.#file, line: this.#next + ahead + 1 }, what);
  }

  #carriageReturn(text: string): never {
    const line = text.slice(0, text.indexOf('\r')).split('\n').length;
    throw new VaultFault(
      'vault/malformed',
      { file: this.#file, line },
      'has Windows line ends, which change signed bytes',
      ["let vault/.gitattributes say '* -text', then: git rm --cached -rq vault && git checkout HEAD -- vault"],
    );
  }

  #mergeConflict(index: number): never {
    const position = { file: this.#file, line: index + 1 };
    throw new VaultFault('vault/malformed', position, 'holds an unsettled merge conflict', [
      `take one side whole, then repeat the other side's change: git checkout --ours -- '${this.#file}'`,
    ]);
  }
}
