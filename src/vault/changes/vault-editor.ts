import { LockstepError } from '../../errors.ts';
import type { LockOptions } from '../../util/lock.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import { type Draft, decodeEntry, type EntryRecord, encodeEntry, entryFile } from '../format/entry-document.ts';
import { signEntry } from '../format/entry-signature.ts';
import type { RootDocument } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import { undoingOfRoot } from '../memory/own-changes.ts';
import { nextHash, signLink } from '../trust/root-chain.ts';
import type { Vault } from '../vault.ts';
import { ENTRY_SIZE_LIMIT, type VaultStore } from '../vault-folder.ts';
import { requireVault, writeRootFile } from './root-writing.ts';
import { prepareFolder, VAULT_FILE_MODE, withVaultLock } from './vault-lock.ts';

/** The fields that a change of members and groups replaces; all others remain. */
export type RootChange = Partial<Pick<RootDocument, 'members' | 'groups' | 'formerGroups' | 'keys' | 'retired'>>;

/** A change of an open vault. */
export type VaultChange<T> = (editor: VaultEditor) => Promise<T>;

/**
 * Opens the vault for one change, while no other process of this machine writes the vault of this checkout. Throws
 * `vault/missing`, `lock/held`, what opening the vault throws, and what the change throws.
 */
export async function editVault<T>(
  store: VaultStore,
  identity: Identity,
  change: VaultChange<T>,
  options: LockOptions = {},
): Promise<T> {
  return withVaultLock(store, options, async () => change(new VaultEditor(store, identity, await requireVault(store))));
}

/** A vault that is open for a change by one member. Every write into the vault goes through here. */
export class VaultEditor {
  readonly store: VaultStore;
  readonly identity: Identity;
  #vault: Vault;

  constructor(store: VaultStore, identity: Identity, vault: Vault) {
    this.store = store;
    this.identity = identity;
    this.#vault = vault;
  }

  /** The vault as of the last root that was written. */
  get vault(): Vault {
    return this.#vault;
  }

  /** The name of the member who makes the change. Throws `vault/not-a-member`. */
  get by(): string {
    return this.#vault.requireMember(this.identity);
  }

  /** Signs a record and writes its file, whole or not at all. */
  async writeEntry(draft: Draft): Promise<EntryRecord> {
    const { id, trustStore } = this.#vault;
    // Above every revision seen here: a discarded change may have been seen elsewhere too.
    const revision = Math.max(draft.revision, trustStore.revisionOf(draft.group, draft.name) + 1);
    const record = signEntry(id, { ...draft, revision }, this.identity);
    const file = entryFile(record.group, record.name);
    const text = encodeEntry(record);
    decodeEntry(file, text); // Never write a record that decoding would refuse.
    const bytes = Buffer.from(text);
    if (bytes.length > ENTRY_SIZE_LIMIT)
      throw new LockstepError('vault/full', `${file}: would be larger than a vault file may be`, ['grant less']);
    await prepareFolder(this.store, `vault/${record.group}`);
    await replaceBeneath(this.store.root, file, bytes, VAULT_FILE_MODE);
    return record;
  }

  /** Signs, writes and remembers the next root of the chain. The member has to be an admin. */
  async writeRoot(change: RootChange): Promise<void> {
    const { document, rootHash } = this.#vault;
    const state = { ...document, ...change };
    const link = signLink(state, this.by, this.identity, this.#removedBy(change));
    this.#vault = await writeRootFile(this.store, { ...state, roots: [...state.roots, link] });
    const before = { version: document.roots.length, hash: rootHash };
    await this.#vault.trustStore.rememberWrittenRoot(before, undoingOfRoot(document, this.#vault.document));
  }

  /** The hash of the root that `writeRoot` makes of the change: everything sealed for that root has to name it. */
  nextRootHash(change: Pick<RootChange, 'members' | 'groups' | 'formerGroups'>): string {
    return nextHash({ ...this.#vault.document, ...change }, this.by, this.#removedBy(change));
  }

  /** Removes the retired key of a group. Makes no new root, because retired keys are not signed. */
  async dropRetiredKey(group: string): Promise<void> {
    const { document } = this.#vault;
    const retired = new Map(document.retired);
    retired.delete(group);
    this.#vault = await writeRootFile(this.store, { ...document, retired });
  }

  #removedBy({ members }: RootChange): readonly string[] {
    return members === undefined ? [] : [...this.#vault.members.keys()].filter((name) => !members.has(name)).sort();
  }
}
