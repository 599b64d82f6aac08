import { translatingAgeFaults } from '../age/age-file.ts';
import { type BoundFile, type BoundTo, parseBound } from '../age/binding.ts';
import { isSignedBy, sha256, signedBytes } from '../age/signature.ts';
import type { Identity } from '../identity/identity.ts';
import { type Draft, ENTRY_FORMAT, type Entry, type EntryRecord, entryFile } from './entry-document.ts';
import { VaultFault } from './fault.ts';
import type { RootDocument } from './root-document.ts';

export function signEntry(vault: string, draft: Draft, identity: Identity): EntryRecord {
  return { ...draft, signature: identity.sign(entryBytes(vault, draft)) };
}

/**
 * Verifies that the record belongs at `group`/`name`, that a member who may write there signed it, and that its
 * ciphertext is bound to this place. Throws `vault/tampered` or `vault/malformed`.
 */
export function verifyEntry(root: RootDocument, group: string, name: string, record: EntryRecord): void {
  const file = entryFile(group, name);
  const tampered = (what: string): VaultFault => new VaultFault('vault/tampered', { file }, what);
  if (record.group !== group || record.name !== name) {
    throw tampered(`was signed as ${entryFile(record.group, record.name)} and then moved here`);
  }
  const place = root.groups.get(group);
  const signing = place?.writers.includes(record.by) ? root.members.get(record.by)?.signing : undefined;
  if (place === undefined || signing === undefined) {
    throw tampered(`is signed by "${record.by}", who may not write in group "${group}"`);
  }
  if (!isSignedBy(signing, entryBytes(root.vault, record), record.signature)) {
    throw tampered(`is not what "${record.by}" signed`);
  }
  if (record.removed) return;
  if (record.epoch > place.epoch) throw tampered(`is sealed to a key that group "${group}" does not have yet`);
  if (boundFile(root.vault, record) === null) throw tampered('holds a value that was sealed for another place');
}

/** A vault unseals only entries that it returned itself, because it has verified those. */
export function notFromHere({ group, name }: Entry): VaultFault {
  return new VaultFault('vault/tampered', { file: entryFile(group, name) }, 'was not read from this vault', [
    'lockstep vault verify',
  ]);
}

/** The ciphertext, split; null when it is bound to another place or version. Throws `vault/malformed`. */
export function boundFile(vault: string, entry: Entry): BoundFile | null {
  const { group, name, version, epoch } = entry;
  const place: BoundTo = { of: 'entry', vault, group, name, version, epoch };
  return translatingAgeFaults(
    () => parseBound(entry.ciphertext, place),
    ({ message }) => new VaultFault('vault/malformed', { file: entryFile(group, name) }, `the value is ${message}`),
  );
}

function entryBytes(vault: string, record: Draft | EntryRecord): Uint8Array {
  const { signature: _, ...signed } = { signature: '', ...record };
  const common = { vault, format: ENTRY_FORMAT };
  if (signed.removed) return signedBytes('entry', { ...common, ...signed });
  const { ciphertext, removed: _removed, ...rest } = signed;
  return signedBytes('entry', { ...common, ...rest, value: sha256(ciphertext) });
}
