import { LockstepError } from '../../errors.ts';
import { removeSecret, type SecretSetting, setSecret } from '../../vault/changes/writer.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { openHistoricalEntry } from '../../vault/trust/historical-entry.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import { findSecret } from './find-secret.ts';
import { formerStates, stateOfVersion } from './secret-history.ts';
import { type SecretReport, secretReport } from './secrets.ts';

export interface CopyOptions {
  readonly to: string;
  readonly group?: string;
  /** Copies the grants too; otherwise the copy has no grants. */
  readonly withGrants: boolean;
  /** Whether the original is removed afterwards. */
  readonly move: boolean;
}

/**
 * Copies the value to another group; the user has to be a writer of both. Throws `name/taken` if the name already
 * exists there.
 */
export async function copySecret(project: Project, name: string, options: CopyOptions): Promise<SecretReport> {
  const { to, withGrants, move } = options;
  const { vault, group, entry } = await findSecret(project, name, options.group);
  const { identity } = await project.vault.identity();
  if (to === group)
    throw new LockstepError('usage/invalid', `${name} is in "${group}" already`, ['lockstep group list']);
  for (const one of [to, group]) vault.requireWriter(one, identity);
  const { description, rotateEvery, expires, exposed } = entry;
  const words = {
    ...(description && { description }),
    ...(rotateEvery && { rotateEvery }),
    ...(expires && { expires }),
  };
  const setting = { group: to, name, ...words, ...(exposed && { exposed }), before: 'no secret' as const };
  const allowWhenCreated = withGrants ? entry.allow : [];
  const open = async () => vault.unseal(entry, identity);
  const detail = `${move ? 'moved' : 'copied'} from ${group}`;
  const made = await store(project, vault, { setting: { ...setting, allowWhenCreated }, open, detail });
  if (move) {
    const remove = async (by: Identity) => {
      await project.vault.edit(by, removeSecret({ group, name }));
      return { entry };
    };
    await withSecretsAudited(project, vault, { action: 'remove', detail: `moved to ${to}` }, remove);
  }
  return secretReport(made);
}

/** A new version with an old value, which is found in Git and opened as the old version. */
export async function rollbackSecret(
  project: Project,
  name: string,
  version: number,
  wanted?: string,
): Promise<SecretReport> {
  const { vault, group, entry } = await findSecret(project, name, wanted);
  vault.requireWriter(group, (await project.vault.identity()).identity);
  if (version === entry.version)
    throw new LockstepError('version/unknown', `${name} is at version ${version} already`, [
      `lockstep secret history ${name}`,
    ]);
  const states = await formerStates(project.root, project.vault.env, vault, { group, name });
  const former = stateOfVersion(states, name, version);
  const { identity } = await project.vault.identity();
  const open = async () => openHistoricalEntry(former.root, former.entry, identity);
  const readers = vault.requireGroup(group).readers;
  const knew = former.sound.flatMap(({ entry, root }) => [
    ...(entry.exposed ?? []),
    ...(root.groups.get(group)?.readers ?? []),
  ]);
  const exposed = [...new Set(knew)].filter((member) => !readers.includes(member)).sort();
  const setting = { group, name, allowWhenCreated: [], before: entry.version, exposed };
  return secretReport(await store(project, vault, { setting, open, detail: `rolled back to version ${version}` }));
}

interface KeptValue {
  /** Includes the former members who could read the value, because the value is the same. */
  readonly setting: Omit<SecretSetting, 'value'>;
  readonly open: () => Promise<SecretValue>;
  readonly detail: string;
}

async function store(project: Project, vault: Vault, { setting, open, detail }: KeptValue): Promise<Entry> {
  const put = async (identity: Identity) => {
    const value = await open();
    try {
      return await project.vault.edit(identity, setSecret({ ...setting, value: value.reveal() }));
    } finally {
      value.dispose();
    }
  };
  return (await withSecretsAudited(project, vault, { action: 'set', detail }, put)).entry;
}
