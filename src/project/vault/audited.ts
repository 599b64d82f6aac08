import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';
import type { AuditAction, AuditRecord } from './audit.ts';
import type { VaultAccess } from './vault-access.ts';

/** The parts of a project that concern its vault. */
interface VaultOwner {
  readonly vault: VaultAccess;
}

/** How the log records an operation. */
export interface AuditedAct<T> {
  readonly action: AuditAction;
  /** What the operation changed or read; null where it had no effect. */
  about(done: T): Pick<AuditRecord, 'group' | 'secrets' | 'detail'> | null;
}

/**
 * Runs the operation and records it. A change that cannot be recorded does not start, and a value is returned only
 * after the log has recorded this.
 */
export async function withAuditRecord<T>(
  project: VaultOwner,
  vault: Vault,
  { action, about }: AuditedAct<T>,
  act: (identity: Identity) => Promise<T>,
): Promise<T> {
  const { identity } = await project.vault.identity();
  const member = vault.memberOf(identity);
  const log = project.vault.audit(vault);
  log.requireWritable();
  const done = await act(identity);
  const what = about(done);
  if (what !== null) log.append({ action, ...(member !== undefined && { member }), ...what });
  return done;
}

/** The secrets that an operation changed or read. */
export type ChangedEntries = { readonly entry: Entry } | { readonly entries: readonly Entry[] };

/** As `withAuditRecord`, for operations on secrets of one group: they are in `entry` or `entries`. */
export function withSecretsAudited<T extends ChangedEntries>(
  project: VaultOwner,
  vault: Vault,
  { action, detail }: { readonly action: AuditAction; readonly detail?: string },
  act: (identity: Identity) => Promise<T>,
): Promise<T> {
  const about = (done: T) => {
    const entries = 'entries' in done ? done.entries : [done.entry];
    const [first] = entries;
    if (first === undefined) return null;
    const secrets = entries.map(({ name, version }) => ({ name, version }));
    return { group: first.group, secrets, ...(detail !== undefined && { detail }) };
  };
  return withAuditRecord(project, vault, { action, about }, act);
}
