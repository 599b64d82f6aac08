import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';
import type { AuditAction, AuditRecord } from './audit.ts';
import type { VaultAccess } from './vault-access.ts';

/** A project, as far as its vault goes. */
interface VaultOwner {
  readonly vault: VaultAccess;
}

/** What the log says of something that is done. */
export interface AuditedAct<T> {
  readonly action: AuditAction;
  /** What it was done to; null where nothing was. */
  about(done: T): Pick<AuditRecord, 'group' | 'secrets' | 'detail'> | null;
}

/**
 * Does it and records it. A change is not begun where it could not be recorded, and a value is handed out only when that
 * stands in the log.
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

/** What something was done to. */
export type ChangedEntries = { readonly entry: Entry } | { readonly entries: readonly Entry[] };

/** As `withAuditRecord`, for what is done to secrets of one group: they are in `entry` or `entries`. */
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
