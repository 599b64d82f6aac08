import type { Field, FieldValue } from './canonical-parser.ts';
import { VaultFault } from './fault.ts';

const INTEGER = /^(?:0|[1-9][0-9]{0,14})$/;

/**
 * Typed access to the fields of one map. Every getter throws `vault/malformed` with file and line when the field is missing
 * or of another type; `close` does so for fields that were not read.
 */
export class Fields {
  readonly #file: string;
  readonly #line: number;
  readonly #fields: Map<string, Field>;
  readonly #asked = new Set<string>();

  constructor(file: string, fields: readonly Field[], line = 1) {
    this.#file = file;
    this.#line = line;
    this.#fields = new Map(fields.map((field) => [field.key, field]));
  }

  has(key: string): boolean {
    return this.#fields.has(key);
  }

  text(key: string): string {
    const raw = this.#scalar(key);
    if (!raw.startsWith('"')) return raw;
    const text = fromJson(raw);
    if (typeof text !== 'string' || !text.isWellFormed()) throw this.fault(key, 'is not a text');
    return text;
  }

  optionalText(key: string): string | undefined {
    return this.#asking(key) ? this.text(key) : undefined;
  }

  /** As `text`; throws with `otherwise` unless `isRight` accepts the text. */
  checked(key: string, isRight: (text: string) => boolean, otherwise: string): string {
    const text = this.text(key);
    if (!isRight(text)) throw this.fault(key, otherwise);
    return text;
  }

  integer(key: string): number {
    const raw = this.#scalar(key);
    if (!INTEGER.test(raw)) throw this.fault(key, 'is not a whole number');
    return Number(raw);
  }

  /** A whole number from 1. */
  count(key: string): number {
    const count = this.integer(key);
    if (count < 1) throw this.fault(key, 'counts from 1');
    return count;
  }

  /** Absent means false; the only written value is `true`. */
  flag(key: string): boolean {
    if (!this.#asking(key)) return false;
    if (this.#scalar(key) !== 'true') throw this.fault(key, 'may only be "true" or absent');
    return true;
  }

  list(key: string): readonly string[] {
    const list = fromJson(this.#scalar(key));
    const isTexts = Array.isArray(list) && list.every((item) => typeof item === 'string' && item.isWellFormed());
    if (!isTexts) throw this.fault(key, 'is not a list of texts');
    return list as string[];
  }

  /** As `list`, with each text once and in code unit order. */
  set(key: string): readonly string[] {
    const list = this.list(key);
    const sorted = [...new Set(list)].sort();
    if (!list.every((item, at) => item === sorted[at]))
      throw this.fault(key, 'is not sorted, or holds something twice');
    return list;
  }

  block(key: string): string {
    const value = this.#value(key);
    if (value.kind !== 'block') throw this.fault(key, 'is not a block of text ("|")');
    return value.text;
  }

  map<T>(key: string, read: (fields: Fields) => T): Map<string, T> {
    return new Map(this.#children(key).map((child) => [child.key, this.#readInside(child, read)]));
  }

  /** A map of maps. */
  maps<T>(key: string, read: (fields: Fields) => T): Map<string, Map<string, T>> {
    const children = this.#children(key);
    return new Map(children.map((child) => [child.key, new Fields(this.#file, [child]).map(child.key, read)]));
  }

  items<T>(key: string, read: (fields: Fields) => T): readonly T[] {
    const value = this.#value(key);
    if (value.kind !== 'items') throw this.fault(key, 'is not a list of maps');
    return value.items.map((item) => readWhole(new Fields(this.#file, item, item[0]?.line), read));
  }

  /** Called after all known fields were read; maps and items call it by themselves. */
  close(): void {
    for (const field of this.#fields.values()) {
      if (!this.#asked.has(field.key)) throw this.fault(field.key, 'is not a field that belongs here');
    }
  }

  fault(key: string, what: string): VaultFault {
    const line = this.#fields.get(key)?.line ?? this.#line;
    return new VaultFault('vault/malformed', { file: this.#file, line }, `the field "${key}" ${what}`);
  }

  #children(key: string): readonly Field[] {
    const value = this.#value(key);
    if (value.kind === 'scalar' && value.raw === '{}') return [];
    if (value.kind !== 'map') throw this.fault(key, 'is not a map');
    return value.fields;
  }

  #readInside<T>(field: Field, read: (fields: Fields) => T): T {
    if (field.value.kind === 'map') return readWhole(new Fields(this.#file, field.value.fields, field.line), read);
    throw new VaultFault('vault/malformed', { file: this.#file, line: field.line }, `"${field.key}" is not a map`);
  }

  #asking(key: string): boolean {
    this.#asked.add(key);
    return this.has(key);
  }

  #value(key: string): FieldValue {
    this.#asked.add(key);
    const field = this.#fields.get(key);
    if (field === undefined) throw this.fault(key, 'is missing');
    return field.value;
  }

  #scalar(key: string): string {
    const value = this.#value(key);
    if (value.kind !== 'scalar') throw this.fault(key, 'has to stand on one line');
    return value.raw;
  }
}

function readWhole<T>(fields: Fields, read: (fields: Fields) => T): T {
  const result = read(fields);
  fields.close();
  return result;
}

/** Undefined for text that is not JSON. The error of `JSON.parse` quotes its input, so it is dropped. */
function fromJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
