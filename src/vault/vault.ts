import { LockstepError } from '../errors.ts';
import { isName } from '../names.ts';
import type { AgeKey } from './age/age-x25519.ts';
import { decodeEntry, type Entry, type EntryRecord, entryFile } from './format/entry-document.ts';
import { notFromHere, verifyEntry } from './format/entry-signature.ts';
import { unlessFaulty, type VaultProblem, vaultProblemOf } from './format/fault.ts';
import { decodeRoot, type Group, type Member, ROOT_FILE, type RootDocument } from './format/root-document.ts';
import type { Identity } from './identity/identity.ts';
import { TrustStore } from './memory/trust-store.ts';
import { noSuchGroup, noSuchSecret, notAMember, notAName } from './refusals.ts';
import type { SecretValue } from './secret-value.ts';
import { readableHash } from './trust/distrust.ts';
import { GroupKeys } from './trust/group-keys.ts';
import { verifyRoot } from './trust/root-chain.ts';
import { removedSince, requireProvenance } from './trust/root-provenance.ts';
import { type Survey, survey } from './trust/survey.ts';
import { ENTRY_SIZE_LIMIT, listGroupFolder, readRootFile, readVaultFile, type VaultStore } from './vault-folder.ts';

/**
 * Null when neither vault/vault.yaml nor a secret next to it exists. Verifies the chain of roots. The methods report
 * roots that differ from those seen here, so that such a vault can be accepted. Throws `vault/malformed`,
 * `vault/tampered`, `vault/missing`, `file/unreadable`, or `state/unusable` when the pins are damaged.
 */
export async function openVault(store: VaultStore): Promise<Vault | null> {
  const text = readRootFile(store);
  if (text === null) return null;
  const root = decodeRoot(text);
  const chain = verifyRoot(root);
  requireProvenance(root, chain);
  const trustStore = new TrustStore(store, root.vault, chain);
  await trustStore.judgeRoots();
  return new Vault(store, root, trustStore);
}

/** The members, groups and keys as of opening the vault. Secrets are read on demand. */
export class Vault {
  readonly #store: VaultStore;
  readonly #root: RootDocument;
  /** This machine's memory of the vault; code that writes the vault records its writes here. */
  readonly trustStore: TrustStore;
  readonly #keys: GroupKeys;
  /** Only entries that this object verified are unsealed. */
  readonly #verified = new WeakSet<Entry>();

  /** Called by `openVault` alone, with verified data. */
  constructor(store: VaultStore, root: RootDocument, trustStore: TrustStore) {
    this.#store = store;
    this.#root = root;
    this.trustStore = trustStore;
    this.#keys = new GroupKeys(root);
  }

  get id(): string {
    return this.#root.vault;
  }

  /** The content of vault/vault.yaml, from which the next root is made. */
  get document(): RootDocument {
    return this.#root;
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#root.members;
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#root.groups;
  }

  /** The hash of the first root in groups of four, for people to compare. */
  get fingerprint(): string {
    return readableHash(this.trustStore.fingerprint);
  }

  /** The hash of the newest root, as `LOCKSTEP_TRUST` takes it. */
  get rootHash(): string {
    return this.trustStore.rootHash;
  }

  /** Members who can still sign a fork from the root that LOCKSTEP_TRUST names. */
  get removedSinceNamedRoot(): readonly string[] {
    return removedSince(this.#root, this.trustStore.namedVersion);
  }

  /** Whether this machine trusts the vault. Reading works without trust, unsealing and writing do not. */
  get trusted(): boolean {
    return this.trustStore.distrust === null;
  }

  /** The name of the member whose identity this is. */
  memberOf(identity: Identity): string | undefined {
    return [...this.members].find(([, { recipient }]) => recipient === identity.recipient)?.[0];
  }

  /** The names of a group's files, sorted, unread: removed secrets are among them. Throws `group/unknown`. */
  async names(group: string): Promise<readonly string[]> {
    this.requireGroup(group);
    return listGroupFolder(this.#store, group).names;
  }

  /**
   * The secret, verified and compared with this machine's memory; null when absent. Reads one file. Throws
   * `vault/malformed`, `vault/tampered`, `vault/rolled-back`, `vault/undone`, `vault/forked`, `group/unknown` or
   * `file/unreadable`.
   */
  async entry(group: string, name: string): Promise<Entry | null> {
    const record = await this.record(group, name);
    return record === null || record.removed ? null : record;
  }

  /** As `entry`, but also returns the record of a removal. `toReplace`: the value is about to be replaced. */
  async record(group: string, name: string, toReplace = false): Promise<EntryRecord | null> {
    this.requireGroup(group);
    this.trustStore.requireNoRegression();
    const record = this.#read(group, name);
    await this.trustStore.requireKnown(group, name, record, toReplace);
    if (record?.removed === false) this.#verified.add(record);
    return record;
  }

  /** All secrets of a group. A bad file is a finding and does not hide the others. Throws `group/unknown`. */
  async entries(group: string): Promise<{ entries: readonly Entry[]; findings: readonly VaultProblem[] }> {
    this.requireGroup(group);
    const { regression } = this.trustStore;
    if (regression !== null) return { entries: [], findings: [vaultProblemOf(regression, ROOT_FILE)] };
    const entries: Entry[] = [];
    const findings: VaultProblem[] = [];
    const names = new Set([...(await this.names(group)), ...this.trustStore.namesIn(group)]);
    for (const name of [...names].sort()) {
      try {
        const entry = await this.entry(group, name);
        if (entry !== null) entries.push(entry);
      } catch (error) {
        findings.push(vaultProblemOf(error, entryFile(group, name)));
      }
    }
    return { entries, findings };
  }

  /** @throws LockstepError `vault/untrusted` where LOCKSTEP_TRUST names a root that this vault does not have */
  requireNamedRoot(): void {
    if (this.trustStore.misnamed !== null) throw this.trustStore.misnamed;
  }

  /** All faults in the files of the vault. Needs no key and no trust. */
  async verify(): Promise<readonly VaultProblem[]> {
    return (await this.survey()).findings;
  }

  /** As `verify`, with the number of sound secrets in each group. */
  async survey(): Promise<Survey> {
    const { regression } = this.trustStore;
    if (regression !== null) return { findings: [vaultProblemOf(regression, ROOT_FILE)], groups: [] };
    return survey(this.#store, this.#root, (group) => this.entries(group));
  }

  /**
   * Opens an entry that this vault returned, and remembers it before returning the value. Throws `vault/untrusted`,
   * `vault/not-a-member`, `vault/undecryptable`, `vault/tampered` or `state/unusable`.
   */
  async unseal(entry: Entry, identity: Identity): Promise<SecretValue> {
    this.trustStore.requireTrusted();
    if (!this.#verified.has(entry)) throw notFromHere(entry);
    const value = this.#keys.open(entry, this.requireMember(identity), identity);
    await this.trustStore.remember([entry]);
    return value;
  }

  /** Accepts the present state of one secret. Throws `secret/unknown` or what reading it throws. */
  async acceptSecret(group: string, name: string): Promise<EntryRecord | null> {
    this.requireGroup(group);
    const record = this.#read(group, name);
    if (record === null && this.trustStore.revisionOf(group, name) === 0) throw noSuchSecret(group, name);
    await this.trustStore.acceptEntry(group, name, record);
    return record;
  }

  /** Accepts the vault on this machine with its present content. Does nothing when it is accepted already. */
  async acceptTrust(): Promise<void> {
    await this.trustStore.acceptVault(this.#present());
  }

  /** Accepts the present state of this ref, even if older or forked. Throws `vault/untrusted`. */
  async acceptBranch(): Promise<void> {
    await this.trustStore.acceptRef(this.#present());
  }

  /** The name of the member whose identity this is. Throws `vault/not-a-member`. */
  requireMember(identity: Identity): string {
    const name = this.memberOf(identity);
    if (name !== undefined) return name;
    throw notAMember(identity.recipient);
  }

  /** Throws `group/unknown`. */
  requireGroup(group: string): Group {
    const found = this.groups.get(group);
    if (found !== undefined) return found;
    throw noSuchGroup(group, this.groups.keys());
  }

  /** The member who writes in the group with this identity. Throws without the right to write, or to write here. */
  requireWriter(group: string, identity: Identity): string {
    this.requireGroup(group);
    this.trustStore.requireWritable();
    return this.requireWriterNamed(group, this.requireMember(identity));
  }

  /** Returns the name if its member may write. Throws `vault/not-a-member`. */
  requireWriterNamed(group: string, name: string): string {
    const { writers } = this.requireGroup(group);
    if (writers.includes(name)) return name;
    const message = `"${name}" may not write in group "${group}"; its writers are: ${writers.join(', ') || 'nobody'}`;
    throw new LockstepError('vault/not-a-member', message, ['lockstep member list']);
  }

  /** The name of the admin whose identity this is. Throws as `requireWriter` does. */
  requireAdmin(identity: Identity): string {
    this.trustStore.requireWritable();
    const name = this.requireMember(identity);
    if (this.members.get(name)?.admin) return name;
    const admins = [...this.members].flatMap(([other, member]) => (member.admin ? other : []));
    const message = `"${name}" is not an admin of the vault; its admins are: ${admins.join(', ')}`;
    throw new LockstepError('vault/not-a-member', message, ['ask one of them to run the command']);
  }

  /** The key of a group, to be sealed to another reader. Throws what `unseal` throws. */
  groupKey(group: string, identity: Identity): AgeKey {
    this.trustStore.requireTrusted();
    return this.#keys.key(group, this.requireMember(identity), identity);
  }

  /** All records that verify, regardless of this machine's memory. */
  #present(): readonly EntryRecord[] {
    const namesIn = (group: string) => listGroupFolder(this.#store, group).names.map((name) => [group, name] as const);
    const files = [...this.groups.keys()].flatMap(namesIn);
    const records = files.map(([group, name]) => unlessFaulty(() => this.#read(group, name)));
    return records.filter((record) => record !== null);
  }

  #read(group: string, name: string): EntryRecord | null {
    if (!isName('secret', name)) throw notAName();
    const file = entryFile(group, name);
    const text = readVaultFile(this.#store, file, ENTRY_SIZE_LIMIT);
    if (text === null) return null;
    const record = decodeEntry(file, text);
    verifyEntry(this.#root, group, name, record);
    return record;
  }
}
