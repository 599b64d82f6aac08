import { LockstepError } from '../../errors.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import { dotenvLine } from './dotenv.ts';
import { chooseGroup, requireSecret } from './find-secret.ts';

export interface ExportOptions {
  readonly format: 'dotenv' | 'json';
  /** Absent: all names of the group. */
  readonly names: readonly string[];
  readonly group?: string;
}

/**
 * The values in a form that other programs read, returned only after the audit log has recorded this. Throws
 * `value/invalid` for a value that the form cannot hold.
 */
export async function exportSecrets(
  project: Project,
  { format, names, group: wanted }: ExportOptions,
): Promise<string> {
  const vault = await project.vault.require();
  const group = chooseGroup(project, vault, wanted);
  const entries =
    names.length === 0
      ? await allOf(vault, group)
      : await Promise.all(names.map((name) => requireSecret(vault, group, name)));
  const open = async (identity: Identity) => ({ entries, values: await unsealAll(vault, entries, identity) });
  const { values } = await withSecretsAudited(project, vault, { action: 'export', detail: format }, open);
  try {
    return format === 'json' ? asJson(values) : asDotenv(values);
  } finally {
    for (const value of values.values()) value.dispose();
  }
}

async function allOf(vault: Vault, group: string): Promise<readonly Entry[]> {
  const { entries, findings } = await vault.entries(group);
  const [finding] = findings;
  if (finding !== undefined) throw new LockstepError(finding.code, finding.message, finding.hints);
  return entries;
}

async function unsealAll(vault: Vault, entries: readonly Entry[], identity: Identity) {
  const values = new Map<string, SecretValue>();
  for (const entry of entries) values.set(entry.name, await vault.unseal(entry, identity));
  return values;
}

/** A value that is not text is written in base64: `{"CERT": {"base64": "..."}}`, which `secret import` reads. */
function asJson(values: ReadonlyMap<string, SecretValue>): string {
  const plain = [...values].map(([name, value]) => {
    return [name, textOf(value) ?? { base64: Buffer.from(value.reveal()).toString('base64') }];
  });
  return `${JSON.stringify(Object.fromEntries(plain), null, 2)}\n`;
}

function asDotenv(values: ReadonlyMap<string, SecretValue>): string {
  const texts = [...values].map(([name, value]) => [name, textOf(value)] as const);
  const binary = texts.filter(([, text]) => text === null || text.includes('\0')).map(([name]) => name);
  if (binary.length > 0)
    throw new LockstepError('value/invalid', `no dotenv file can hold the bytes of ${binary.join(', ')}`, [
      'lockstep secret export --format json',
    ]);
  return texts.map(([name, text]) => dotenvLine(name, text ?? '')).join('');
}

function textOf(value: SecretValue): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.reveal());
  } catch {
    return null;
  }
}
