import { PatternAutomaton } from '../../masking/pattern-automaton.ts';
import { PatternScan } from '../../masking/pattern-scan.ts';
import { valueForms } from '../../masking/value-forms.ts';
import type { SecretValue } from '../../vault/secret-value.ts';

/**
 * Shorter values occur in files by chance. Masking has a lower limit: a false mask does less harm than a false finding.
 */
export const SHORTEST_FOUND = 8;

/** The name of a secret, in a form that anyone may see. */
export interface SecretName {
  readonly group: string;
  readonly name: string;
}

/** Searches bytes for values. It holds the values, so it lives as long as one scan. */
export class ValueFinder {
  readonly #owners = new Map<string, SecretName>();
  readonly #automaton: PatternAutomaton;

  constructor(secrets: readonly (SecretName & { readonly value: SecretValue })[]) {
    const patterns: Uint8Array[] = [];
    for (const { group, name, value } of secrets) {
      for (const form of valueForms(value.reveal()).filter(({ length }) => length >= SHORTEST_FOUND)) {
        patterns.push(form);
        const key = keyOf(form);
        if (!this.#owners.has(key)) this.#owners.set(key, { group, name });
      }
    }
    this.#automaton = new PatternAutomaton(patterns);
  }

  /** Calls `found` with the start of each occurrence. */
  find(bytes: Uint8Array, found: (at: number, secret: SecretName) => void): void {
    const scan = new PatternScan(this.#automaton, (start, _, state) => {
      const secret = this.#owners.get(keyOf(this.#automaton.patternAt(state)));
      if (secret !== undefined) found(start, secret);
    });
    scan.read(bytes);
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
