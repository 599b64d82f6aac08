import { LockstepError } from '../errors.ts';
import type { EntryRecord } from './entry-document.ts';
import { expectation, keptUnder } from './expectation.ts';
import type { VaultFault } from './fault.ts';
import { readPins, updatePins } from './pin-file.ts';
import {
  type EntryPin,
  type Pins,
  pinKey,
  type RefPin,
  requireNewestRoot,
  requireNoRegression,
  rootRegression,
  type Sight,
} from './pins.ts';
import { acceptRef, remember } from './remembering.ts';
import type { VaultPlace } from './vault-folder.ts';

/** What this machine knows about one opened vault: whether to trust it, what it has seen of it, and what it saw just now. */
export class Memory {
  /** Hash of the first root: which vault this is. */
  readonly fingerprint: string;
  /** Hash of the newest root. */
  readonly rootHash: string;
  readonly #place: VaultPlace;
  readonly #vault: string;
  readonly #hashes: readonly string[];
  /** What `LOCKSTEP_TRUST` says, in whichever way the hash was copied; undefined when it says nothing. */
  readonly #namedRoot: string | undefined;
  readonly #unrecorded = new Map<string, EntryPin>();
  #pins: Pins | null;
  #expected: RefPin | null = null;
  #recording: Promise<void> | undefined;

  /** `hashes` of all roots, the first first. Throws `state/unusable` when the pins are damaged. */
  constructor(place: VaultPlace, vault: string, hashes: readonly string[]) {
    this.#place = place;
    this.#vault = vault;
    this.#hashes = hashes;
    this.#namedRoot = place.trust?.replace(/\s/g, '').toLowerCase() || undefined;
    this.fingerprint = hashes[0] ?? '';
    this.rootHash = hashes.at(-1) ?? '';
    this.#pins = this.#look(readPins(place.stateDir, vault));
  }

  /** The bad news about the roots, null when there is none. */
  get regression(): VaultFault | null {
    if (this.#pins === null || this.#expected === null) return null;
    return rootRegression(this.#pins, this.#expected, this.#hashes);
  }

  /** Of the root that LOCKSTEP_TRUST names; undefined where it names none of this vault. */
  get namedVersion(): number | undefined {
    const at = this.#hashes.indexOf(this.#namedRoot ?? '');
    return at === -1 ? undefined : at + 1;
  }

  /** LOCKSTEP_TRUST names a root that this vault does not have; null where it does, or names none. */
  get misnamed(): LockstepError | null {
    const trust = this.#namedRoot;
    return trust !== undefined && !this.#hashes.includes(trust) ? otherThanNamed(this.fingerprint, trust) : null;
  }

  /** Why this machine does not trust the vault, null when it does. */
  get distrust(): LockstepError | null {
    const trust = this.#namedRoot;
    if (this.misnamed !== null) return this.misnamed;
    return trust !== undefined || this.#pins?.fingerprint === this.fingerprint ? null : notAccepted(this.fingerprint);
  }

  /** Throws `vault/rolled-back` when the roots are older than, or differ from, what was seen. */
  requireNoRegression(): void {
    const { regression } = this;
    if (regression !== null) throw regression;
  }

  /** As above for one record; null when there is no file. */
  requireKnown(group: string, name: string, record: EntryRecord | null): void {
    if (this.#expected !== null) requireNoRegression(this.#expected, group, name, record);
  }

  /** Throws `vault/rolled-back` or `vault/untrusted`. */
  requireTrusted(): void {
    this.requireNoRegression();
    const { distrust } = this;
    if (distrust !== null) throw distrust;
  }

  /** As `requireTrusted`; and no newer root may have been seen on any ref. */
  requireWritable(): void {
    this.requireTrusted();
    if (this.#pins !== null) requireNewestRoot(this.#pins, this.#hashes);
  }

  /** The secrets of a group that have to have a file, as far as this machine knows. */
  namesIn(group: string): readonly string[] {
    const keys = [...(this.#expected?.entries.keys() ?? [])];
    return keys.filter((key) => key.startsWith(`${group}/`)).map((key) => key.slice(group.length + 1));
  }

  /** Accepts the vault with these records. Changes nothing when this machine has accepted it already. */
  async acceptVault(records: readonly EntryRecord[]): Promise<void> {
    this.requireNoRegression();
    if (this.#namedRoot !== undefined) this.requireTrusted();
    if (this.#pins === null) await this.#update((pins) => remember(pins, this.#sight(pinsOf(records))));
  }

  /** Accepts the checked-out ref with these records, older or forked as they may be. */
  async acceptRef(records: readonly EntryRecord[]): Promise<void> {
    if (this.#pins?.fingerprint !== this.fingerprint) this.requireTrusted();
    await this.#update((pins) => acceptRef(pins, this.#sight(pinsOf(records))));
  }

  /** Records that these, and the newest root, were seen; what many tasks ask for at once is written once. Throws `state/unusable`. */
  async remember(records: readonly EntryRecord[]): Promise<void> {
    if (records.length === 0) await this.#record();
    for (const [key, pin] of pinsOf(records)) this.#unrecorded.set(key, pin);
    while (this.#unrecorded.size > 0 || this.#recording !== undefined) {
      this.#recording ??= this.#record().finally(() => {
        this.#recording = undefined;
      });
      await this.#recording;
    }
  }

  async #record(): Promise<void> {
    await Promise.resolve();
    const sight = this.#sight(new Map(this.#unrecorded));
    this.#unrecorded.clear();
    const own = this.#pins?.refs.get(keptUnder(this.#pins, this.#place.ref));
    const isKnown = [...sight.entries].every(([key, pin]) => own?.entries.get(key)?.signature === pin.signature);
    if (isKnown && own?.root.hash === this.rootHash) return;
    await this.#update((pins) => remember(pins, sight));
  }

  async #update(change: (pins: Pins | null) => Pins): Promise<void> {
    this.#pins = this.#look(await updatePins(this.#place.stateDir, this.#vault, change));
  }

  #look(pins: Pins | null): Pins | null {
    this.#expected = pins === null ? null : expectation(pins, this.#place.ref, this.#place.lineage);
    return pins;
  }

  #sight(entries: ReadonlyMap<string, EntryPin>): Sight {
    const { ref, lineage, clock } = this.#place;
    const root = { version: this.#hashes.length, hash: this.rootHash };
    const at = Math.floor((clock?.() ?? new Date()).getTime() / 1000);
    const sight = { vault: this.#vault, fingerprint: this.fingerprint, ref, root, entries, at };
    return { ...sight, ...(lineage && { lineage }) };
  }
}

/** In groups of four, for people to compare. */
export function readableHash(hash: string): string {
  return hash.replace(/.{4}(?!$)/g, '$& ');
}

function pinsOf(records: readonly EntryRecord[]): Map<string, EntryPin> {
  return new Map(records.map(({ group, name, revision, signature }) => [pinKey(group, name), { revision, signature }]));
}

function notAccepted(fingerprint: string): LockstepError {
  const message = `this machine has not been told to trust the vault. Its fingerprint is\n  ${readableHash(fingerprint)}`;
  return new LockstepError('vault/untrusted', message, [
    'compare the fingerprint with a member of the vault, then: lockstep trust',
    'in CI set LOCKSTEP_TRUST to the hash that `lockstep trust` prints for a member',
  ]);
}

function otherThanNamed(fingerprint: string, trust: string): LockstepError {
  const message = `LOCKSTEP_TRUST names the root\n  ${trust}\nwhich this vault does not have. Its fingerprint is\n  ${fingerprint}`;
  return new LockstepError('vault/untrusted', message, [
    'if the checkout is older than that root: git pull',
    'else compare the fingerprint with a member of the vault, and set LOCKSTEP_TRUST right',
  ]);
}
