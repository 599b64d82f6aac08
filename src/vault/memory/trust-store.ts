import type { LockstepError } from '../../errors.ts';
import { type EntryRecord, entryFile } from '../format/entry-document.ts';
import type { VaultFault } from '../format/fault.ts';
import { ROOT_FILE } from '../format/root-document.ts';
import { notAccepted, otherThanNamed } from '../trust/distrust.ts';
import type { VaultStore } from '../vault-folder.ts';
import { expectation, keptUnder } from './expectation.ts';
import { ROOT_KEY, undoingOf } from './own-changes.ts';
import { readPins, updatePins } from './pin-file.ts';
import {
  asPin,
  type EntryPin,
  isRegression,
  type Observation,
  type OwnChange,
  otherVault,
  type Pins,
  pinKey,
  pinOf,
  pinsOf,
  type RefPin,
  type RootPin,
  requireNewestRoot,
  type Undoing,
  type WrittenEntry,
} from './pins.ts';
import { acceptance, entryFault, rootFault } from './regression.ts';
import { acceptEntry, acceptRef, remember } from './remembering.ts';
import { isAccepted, isReplaceable, type RegressionCase, type RegressionCause, regressionCauseOf } from './undone.ts';

/** This machine's knowledge of one opened vault: whether to trust it, and its states seen so far. */
export class TrustStore {
  /** Hash of the first root, which identifies the vault. */
  readonly fingerprint: string;
  /** Hash of the newest root. */
  readonly rootHash: string;
  readonly #place: VaultStore;
  readonly #vault: string;
  readonly #hashes: readonly string[];
  /** The hash in `LOCKSTEP_TRUST`, in whichever form it was copied; undefined when the variable is empty. */
  readonly #namedRoot: string | undefined;
  readonly #unrecorded = new Map<string, EntryPin>();
  #pins: Pins | null;
  #own: OwnChange[] = [];
  /** Keys of entries that a merge settled: their state counts although this machine had seen another state. */
  readonly #settled = new Set<string>();
  #rootStory: RegressionCause | null = null;
  #expected: RefPin | null = null;
  #recording: Promise<void> | undefined;

  /** `hashes` of all roots, in order. Throws `state/unusable` when the pins are damaged. */
  constructor(place: VaultStore, vault: string, hashes: readonly string[]) {
    this.#place = place;
    this.#vault = vault;
    this.#hashes = hashes;
    this.#namedRoot = place.trust?.replace(/\s/g, '').toLowerCase() || undefined;
    this.fingerprint = hashes[0] ?? '';
    this.rootHash = hashes.at(-1) ?? '';
    this.#pins = this.#look(readPins(place.stateDir, vault));
  }

  /** The fault of the roots; null when there is none. */
  get regression(): VaultFault | null {
    if (this.#pins === null || this.#expected === null) return null;
    const other = otherVault(this.#pins, this.#hashes[0]);
    if (other !== null || this.#hasRoot(this.#expected.root)) return other;
    return rootFault(this.#rootQuestion(this.#expected.root), this.#rootStory ?? { how: 'older' });
  }

  /** Finds out why the roots differ from those seen. Called once, before any other method. */
  async judgeRoots(): Promise<void> {
    const seen = this.#expected?.root;
    if (seen === undefined || this.#pins?.fingerprint !== this.fingerprint || this.#hasRoot(seen)) return;
    const asked = this.#rootQuestion(seen);
    this.#rootStory = await this.#story(asked);
    if (this.#rootStory.how !== 'undone' || !isAccepted(this.#rootStory)) return;
    this.#place.warn?.(acceptance(asked, this.#rootStory));
    await this.#update((pins) => remember(pins, { ...this.#sight(new Map()), accepted: new Set([ROOT_KEY]) }));
  }

  #hasRoot({ version, hash }: RootPin): boolean {
    return this.#hashes[version - 1] === hash;
  }

  #rootQuestion(seen: RootPin): RegressionCase {
    const found = asPin({ version: this.#hashes.length, hash: this.rootHash });
    return { file: ROOT_FILE, key: ROOT_KEY, seen: asPin(seen), found };
  }

  #story(asked: RegressionCase): Promise<RegressionCause> {
    return regressionCauseOf(this.#pins?.own ?? [], this.#place.lineage, asked);
  }

  /** The version of the root that LOCKSTEP_TRUST names; undefined where it names none of this vault. */
  get namedVersion(): number | undefined {
    const at = this.#hashes.indexOf(this.#namedRoot ?? '');
    return at === -1 ? undefined : at + 1;
  }

  /** The error when LOCKSTEP_TRUST names a root that this vault does not have; else null. */
  get misnamed(): LockstepError | null {
    const trust = this.#namedRoot;
    return trust !== undefined && !this.#hashes.includes(trust) ? otherThanNamed(this.fingerprint, trust) : null;
  }

  /** The reason why this machine does not trust the vault; null when it does. */
  get distrust(): LockstepError | null {
    const trust = this.#namedRoot;
    if (this.misnamed !== null) return this.misnamed;
    return trust !== undefined || this.#pins?.fingerprint === this.fingerprint ? null : notAccepted(this.fingerprint);
  }

  /**
   * Throws `vault/rolled-back`, `vault/undone` or `vault/forked` when the roots are older than those seen or differ.
   */
  requireNoRegression(): void {
    const { regression } = this;
    if (regression !== null) throw regression;
  }

  /**
   * As above for one record; null when it has no file.
   * @param toReplace the value is about to be replaced: then an older value does no harm
   */
  async requireKnown(group: string, name: string, record: EntryRecord | null, toReplace: boolean): Promise<void> {
    const key = pinKey(group, name);
    const seen = this.#expected?.entries.get(key);
    if (seen === undefined || !isRegression(seen, record) || this.#settled.has(key)) return;
    const asked = { file: entryFile(group, name), key, seen, found: record && pinOf(record) };
    const story = await this.#story(asked);
    if (toReplace && isReplaceable(story)) return;
    if (!isAccepted(story)) throw entryFault(record, asked, story);
    this.#place.warn?.(acceptance(asked, story));
    // A merge can still be aborted, so the settled state is stored only when it is used.
    if (story.how === 'beside') this.#settled.add(key);
    else await this.#keepEntry(key, asked.found);
  }

  /** The highest revision of a secret that this machine has seen, or 0. The next revision has to be higher. */
  revisionOf(group: string, name: string): number {
    return this.#expected?.entries.get(pinKey(group, name))?.revision ?? 0;
  }

  /** Throws what `requireNoRegression` throws, or `vault/untrusted`. */
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

  /** The secrets of a group that must have a file, as far as this machine knows. */
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

  /** Accepts the checked-out ref with these records, even if they are older or forked. */
  async acceptRef(records: readonly EntryRecord[]): Promise<void> {
    if (this.#pins?.fingerprint !== this.fingerprint) this.requireTrusted();
    // A root that no other machine has seen does not bind its own author, who discards it here.
    const isDropped = this.#rootStory?.how === 'undone' && this.#rootStory.committed === 'never';
    const sight = { ...this.#sight(pinsOf(records)), ...(isDropped && { accepted: new Set([ROOT_KEY]) }) };
    await this.#update((pins) => acceptRef(pins, sight));
  }

  /** Accepts one secret of the checked-out ref with this record, or its absence. */
  async acceptEntry(group: string, name: string, record: EntryRecord | null): Promise<void> {
    this.requireTrusted();
    await this.#keepEntry(pinKey(group, name), record && pinOf(record));
  }

  async #keepEntry(key: string, pin: EntryPin | null): Promise<void> {
    const sight = this.#sight(new Map());
    await this.#update((pins) => acceptEntry(pins ?? remember(null, sight), sight, key, pin));
  }

  /** As `remember`, for records that were written here. */
  async rememberWritten(written: readonly WrittenEntry[]): Promise<void> {
    for (const { before, record } of written) {
      const key = pinKey(record.group, record.name);
      this.#addOwn(key, before && pinOf(before), pinOf(record), undoingOf(before, record));
    }
    await this.remember(written.map(({ record }) => record));
  }

  /** As `remember`, for the newest root, which was written here after `before`. */
  async rememberWrittenRoot(before: RootPin, undoing: Undoing): Promise<void> {
    this.#addOwn(ROOT_KEY, asPin(before), asPin({ version: this.#hashes.length, hash: this.rootHash }), undoing);
    await this.remember([]);
  }

  #addOwn(key: string, before: EntryPin | null, after: EntryPin, undoing: Undoing): void {
    const mark = this.#place.lineage?.mark();
    this.#own.push({ key, after, before, undoing, ...(mark && { mark }) });
  }

  /** Records these and the newest root as seen; calls at the same time share one write. Throws `state/unusable`. */
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
    const sight = { ...this.#sight(new Map(this.#unrecorded)), own: this.#own, accepted: this.#settled };
    this.#unrecorded.clear();
    this.#own = [];
    const own = this.#pins?.refs.get(keptUnder(this.#pins, this.#place.ref));
    const isKnown = [...sight.entries].every(([key, pin]) => own?.entries.get(key)?.signature === pin.signature);
    if (isKnown && own?.root.hash === this.rootHash && sight.own.length === 0) return;
    await this.#update((pins) => remember(pins, sight));
  }

  async #update(change: (pins: Pins | null) => Pins): Promise<void> {
    this.#pins = this.#look(await updatePins(this.#place.stateDir, this.#vault, change));
  }

  #look(pins: Pins | null): Pins | null {
    this.#expected = pins === null ? null : expectation(pins, this.#place.ref, this.#place.lineage);
    return pins;
  }

  #sight(entries: ReadonlyMap<string, EntryPin>): Observation {
    const { ref, lineage, clock } = this.#place;
    const root = { version: this.#hashes.length, hash: this.rootHash };
    const at = Math.floor((clock?.() ?? new Date()).getTime() / 1000);
    const sight = { vault: this.#vault, fingerprint: this.fingerprint, ref, root, entries, at };
    return { ...sight, ...(lineage && { lineage }) };
  }
}
