import { createHmac, timingSafeEqual } from 'node:crypto';

/** The lines by which a later worker decides what is done, what was asked, and with which salt outputs are sealed. */
const DECIDE = new Set(['opened', 'ended', 'step-answered', 'step-retrying']);
const PROVEN = /^(.*),"proof":"([A-Za-z0-9_-]{43})"\}$/s;

export interface RecordPlace {
  readonly epoch: number;
  readonly n: number;
  readonly type: string;
}

/**
 * Proves the lines of one run that decide: each ends with an HMAC-SHA256 over its place, its text and the proof before it,
 * under a key that only readers of the run's group can make. So a user of the database can change, insert or exchange none
 * of them; where one is missing, all after it are worth nothing, and their steps run again.
 */
export class RecordChain {
  readonly #key: Uint8Array;
  #head = '';

  /** @param key 32 bytes, of this run and no other */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The text of the next line, with its proof where it decides. */
  prove(place: RecordPlace, text: string): string {
    if (!DECIDE.has(place.type)) return text;
    const open = text.slice(0, -1);
    this.#head = this.#proofOf(place, open);
    return `${open},"proof":"${this.#head}"}`;
  }

  /** Whether the line follows those that were taken before. A line that decides nothing needs no proof. */
  takes(place: RecordPlace, text: string): boolean {
    if (!DECIDE.has(place.type)) return true;
    const [, open, proof] = PROVEN.exec(text) ?? [];
    if (open === undefined || proof === undefined) return false;
    if (!timingSafeEqual(Buffer.from(proof), Buffer.from(this.#proofOf(place, open)))) return false;
    this.#head = proof;
    return true;
  }

  #proofOf({ epoch, n }: RecordPlace, open: string): string {
    const bytes = JSON.stringify(['lockstep/1 record', epoch, n, this.#head, open]);
    return createHmac('sha256', this.#key).update(bytes).digest('base64url');
  }
}
