import { LockstepError } from '../../errors.ts';
import { replaceBeneath } from '../../util/write-beneath.ts';
import { type Draft, decodeEntry, type EntryRecord, encodeEntry, entryFile } from '../format/entry-document.ts';
import { signEntry } from '../format/entry-signature.ts';
import type { Identity } from '../identity/identity.ts';
import type { Vault } from '../vault.ts';
import { ENTRY_SIZE_LIMIT, type VaultStore } from '../vault-folder.ts';
import { prepareFolder, VAULT_FILE_MODE } from './vault-lock.ts';

/** Signs a record and puts its file in place, whole or not at all. Called under the vault's lock. */
export async function writeEntry(
  store: VaultStore,
  vault: Vault,
  draft: Draft,
  identity: Identity,
): Promise<EntryRecord> {
  // Above every one that was seen here: a change that was dropped may have been seen elsewhere too.
  const revision = Math.max(draft.revision, vault.trustStore.revisionOf(draft.group, draft.name) + 1);
  const record = signEntry(vault.id, { ...draft, revision }, identity);
  const file = entryFile(record.group, record.name);
  const text = encodeEntry(record);
  decodeEntry(file, text); // What could not be read again must not be written.
  const bytes = Buffer.from(text);
  if (bytes.length > ENTRY_SIZE_LIMIT)
    throw new LockstepError('vault/full', `${file}: would be larger than a vault file may be`, ['grant less']);
  await prepareFolder(store, `vault/${record.group}`);
  await replaceBeneath(store.root, file, bytes, VAULT_FILE_MODE);
  return record;
}
