import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import type { Draft, Entry, EntryRecord } from '../format/entry-document.ts';
import { twinOf } from '../trust/misplaced.ts';
import type { Vault } from '../vault.ts';
import { finishRekeys } from './rekey.ts';
import type { VaultChange } from './vault-editor.ts';

export interface SecretAddress {
  readonly group: string;
  readonly name: string;
}

export interface ChangedSecret extends SecretAddress {
  /** The change replaces the value: then it does not matter whether the present value is older than one seen before. */
  readonly replaces?: boolean;
}

/** The state that a change starts from, read under the lock. */
export interface ChangeBase {
  readonly vault: Vault;
  /** The member who makes the change. */
  readonly by: string;
  readonly before: EntryRecord | null;
}

/**
 * The only way to write a secret's file: from its present state, by a writer of the group, in a trusted vault that is
 * not older than any state seen. Signs the file, writes it whole and remembers it. `change` returns null to do nothing,
 * or throws to refuse.
 */
export function changeEntry<T extends Draft>(
  { group, name, replaces = false }: ChangedSecret,
  change: (base: ChangeBase) => Promise<T | null>,
): VaultChange<EntryRecord | null> {
  return async (editor) => {
    editor.vault.requireWriter(group, editor.identity);
    await finishRekeys(editor);
    const { vault, by } = editor;
    await requireFreeName(vault, group, name);
    const before = await vault.record(group, name, replaces);
    const draft = await change({ vault, by, before });
    if (draft === null) return before;
    const record = await editor.writeEntry(draft);
    await vault.trustStore.rememberWritten([{ before, record }]);
    return record;
  };
}

/** Changes the metadata of a secret, not its value: makes the next revision, or none when `change` returns null. */
export function changeMetadata(address: SecretAddress, change: (entry: Entry) => Entry | null): VaultChange<Entry> {
  const changed = changeEntry(address, async ({ vault, by, before }) => {
    const entry = await requireEntry(vault, address, before);
    const next = change(entry);
    return next === null ? null : { ...next, by, revision: entry.revision + 1 };
  });
  return async (editor) => (await changed(editor)) as Entry;
}

/** Throws `secret/unknown` for an absent or removed secret. */
export async function requireEntry(
  vault: Vault,
  { group, name }: SecretAddress,
  record: EntryRecord | null,
): Promise<Entry> {
  if (record?.removed === false) return record;
  const names = (await vault.names(group)).filter((other) => other !== name).slice(0, 10);
  const what = record === null ? 'there is no secret' : 'there is no longer a secret';
  throw new LockstepError('secret/unknown', `${what} "${name}" in group "${group}"`, [
    names.length > 0
      ? `among others there is: ${names.join(', ')}`
      : `make it: lockstep secret set ${name} --group ${group}`,
    `lockstep secret list --group ${group}`,
  ]);
}

async function requireFreeName(vault: Vault, group: string, name: string): Promise<void> {
  if (!isName('secret', name))
    throw new LockstepError('name/invalid', `a secret's name is ${NAME_FORMS.secret}`, ['choose another name']);
  const twin = twinOf(name, await vault.names(group));
  if (twin === undefined) return;
  throw new LockstepError('name/taken', `"${name}" differs from "${twin}" in group "${group}" in case only`, [
    `use the name as it is: ${twin}`,
  ]);
}
