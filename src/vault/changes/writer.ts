import { LockstepError } from '../../errors.ts';
import { parseGrant } from '../../grant.ts';
import { seal } from '../age/age.ts';
import type { Draft, Entry, EntryRecord } from '../format/entry-document.ts';
import { hasSameMetadata, requireMetadata, type SecretMetadata, withMetadata } from '../format/secret-metadata.ts';
import type { Vault } from '../vault.ts';
import { type ChangeBase, changeEntry, changeMetadata, requireEntry, type SecretAddress } from './entry-change.ts';
import type { VaultChange } from './vault-editor.ts';

/*
 * The changes that a writer of a group makes to its secrets, for `editVault`. Each returns only when it is on the disk,
 * and throws
 * `vault/untrusted`, `vault/rolled-back`, `vault/full`, `vault/not-a-member`, `group/unknown`, `secret/unknown`,
 * `name/invalid`, `name/taken`, `value/invalid`, `metadata/invalid`, `grant/invalid`, `grant/unknown`, `change/conflict`,
 * `lock/held`, `file/unwritable` or `state/unusable`, or what reading the vault throws.
 */

export interface SecretSetting extends SecretAddress, SecretMetadata {
  /** 0 to 1 MiB, kept byte for byte. */
  readonly value: Uint8Array;
  /** The grants of a new secret; those of an existing secret do not change. */
  readonly allowWhenCreated: readonly string[];
  /** Members who know this value and have left, sorted. Set when the value is a former one. */
  readonly exposed?: readonly string[];
  /** The required earlier state, if any, or the version that this value was made from: checked under the lock. */
  readonly before?: 'a secret' | 'no secret' | number;
}

export interface SecretDescription extends SecretAddress, SecretMetadata {}

/** The largest value of a secret, in bytes. */
export const LARGEST_VALUE = 1024 * 1024;

/**
 * Sets a value: the next version of the secret, or the first. A removed secret continues from its last version, without
 * its grants.
 */
export function setSecret(setting: SecretSetting): VaultChange<{ entry: Entry; created: boolean }> {
  requireAcceptable(setting);
  return async (editor) => {
    const { group, name } = setting;
    let created = false;
    const record = await changeEntry({ group, name, replaces: true }, async (base): Promise<Draft> => {
      created = base.before === null || base.before.removed;
      await requireBefore(base.vault, setting, base.before);
      return nextVersion(base, setting, (editor.store.clock?.() ?? new Date()).toISOString().slice(0, 10));
    })(editor);
    return { entry: record as Entry, created };
  };
}

/** @param rotated the day when the value is set */
async function nextVersion({ vault, by, before }: ChangeBase, setting: SecretSetting, rotated: string): Promise<Draft> {
  const { group, name, value } = setting;
  const kept = before?.removed === false ? withoutExposure(before) : { allow: sortedGrants(setting.allowWhenCreated) };
  const counts = { version: (before?.version ?? 0) + 1, revision: (before?.revision ?? 0) + 1 };
  const { recipient, epoch } = vault.requireGroup(group);
  const ciphertext = await seal(value, recipient, {
    of: 'entry',
    vault: vault.id,
    group,
    name,
    version: counts.version,
    epoch,
    root: vault.rootHash,
  });
  const said = withMetadata<Pick<Entry, 'allow' | 'description'>>(kept, setting);
  const exposed = setting.exposed?.length ? { exposed: setting.exposed } : {};
  return { ...said, ...exposed, ...counts, group, name, removed: false, epoch, rotated, by, ciphertext };
}

async function requireBefore(
  vault: Vault,
  { before, ...address }: SecretSetting,
  found: EntryRecord | null,
): Promise<void> {
  if (before === 'a secret' || typeof before === 'number') await requireEntry(vault, address, found);
  if (typeof before === 'number' && found?.version !== before)
    throw new LockstepError(
      'change/conflict',
      `"${address.name}" has become version ${found?.version} in the meantime; nothing was changed`,
      ['repeat the command on the present version'],
    );
  const isThere = found?.removed === false;
  if (before === 'no secret' && isThere)
    throw new LockstepError('name/taken', `"${address.name}" is in group "${address.group}" already`, [
      `lockstep secret show ${address.name} --group ${address.group}`,
    ]);
}

/** No former member has seen a new value. */
function withoutExposure({ exposed: _, ...kept }: Entry): Entry {
  return kept;
}

/** Leaves a signed tombstone in the secret's place. */
export function removeSecret(address: SecretAddress): VaultChange<void> {
  const remove = changeEntry(address, async ({ vault, by, before }): Promise<Draft> => {
    const { group, name, version, revision } = await requireEntry(vault, address, before);
    return { removed: true, group, name, version, revision: revision + 1, by };
  });
  return async (editor) => void (await remove(editor));
}

/** Adds grants; grants that exist already change nothing. */
export function grantSecret(address: SecretAddress, grants: readonly string[]): VaultChange<Entry> {
  const wanted = sortedGrants(grants);
  return changeMetadata(address, (entry) => {
    const allow = sortedGrants([...entry.allow, ...wanted]);
    return allow.length === entry.allow.length ? null : { ...entry, allow };
  });
}

/**
 * Removes grants. Refuses a grant that does not exist: it may be a typing error that leaves the intended grant in
 * force.
 */
export function revokeSecret(address: SecretAddress, grants: readonly string[]): VaultChange<Entry> {
  const unwanted = sortedGrants(grants);
  return changeMetadata(address, (entry) => {
    const absent = unwanted.find((grant) => !entry.allow.includes(grant));
    if (absent !== undefined) throw noSuchGrant(entry, absent);
    const allow = entry.allow.filter((grant) => !unwanted.includes(grant));
    return unwanted.length === 0 ? null : { ...entry, allow };
  });
}

/** Changes the description and the dates of rotation and expiry. */
export function describeSecret(change: SecretDescription): VaultChange<Entry> {
  requireMetadata(change);
  return changeMetadata(change, (entry) => {
    const changed = withMetadata(entry, change);
    return hasSameMetadata(changed, entry) ? null : changed;
  });
}

function requireAcceptable({ value, name, ...words }: SecretSetting): void {
  if (value.length > LARGEST_VALUE) {
    throw new LockstepError(
      'value/invalid',
      `the value of "${name}" is ${value.length} bytes long, and 1 MiB (${LARGEST_VALUE}) is the most`,
      ['keep a large file elsewhere, and its key here'],
    );
  }
  requireMetadata(words);
}

function sortedGrants(grants: readonly string[]): readonly string[] {
  const wrong = grants.find((grant) => parseGrant(grant) === null);
  if (wrong === undefined) return [...new Set(grants)].sort();
  throw new LockstepError('grant/invalid', `"${wrong}" is not a grant`, [
    'a grant is tool:NAME, tool:NAME@sha256:DIGEST, agent:NAME, trigger:NAME, exec or *, optionally followed by " as:VARIABLE"',
  ]);
}

function noSuchGrant({ name, allow }: Entry, grant: string): LockstepError {
  return new LockstepError('grant/unknown', `"${name}" has no grant "${grant}"`, [
    `its grants are: ${allow.join(', ') || 'none'}`,
  ]);
}
