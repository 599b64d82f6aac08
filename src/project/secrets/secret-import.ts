import { type ErrorCode, LockstepError } from '../../errors.ts';
import { LARGEST_VALUE, setSecret } from '../../vault/changes/writer.ts';
import { twinOf } from '../../vault/trust/misplaced.ts';
import type { Project } from '../project.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import { chooseGroup } from './find-secret.ts';
import { requestedGrants } from './pinned-grants.ts';
import { checkGrants } from './secrets.ts';
import { valueWarnings } from './value-warnings.ts';

export interface ImportOptions {
  readonly group?: string;
  /** Grants of the new secrets; absent: grants to the tools that request each secret now. */
  readonly allow?: readonly string[];
  /** Whether existing secrets get a new value; otherwise an existing secret is a reason to refuse. */
  readonly overwrite: boolean;
}

export interface ImportPreview {
  readonly group: string;
  readonly create: readonly string[];
  readonly change: readonly string[];
  readonly warnings: readonly string[];
}

/** What an import would do, once it is certain that it can store everything: it stores all of it or nothing. */
export async function previewImport(
  project: Project,
  values: ReadonlyMap<string, Uint8Array>,
  { group: wanted, allow, overwrite }: ImportOptions,
): Promise<ImportPreview> {
  checkGrants(allow ?? []);
  const vault = await project.vault.require();
  const group = chooseGroup(project, vault, wanted);
  vault.requireWriter(group, (await project.vault.identity()).identity);
  const present = await vault.names(group);
  const change: string[] = [];
  const create: string[] = [];
  for (const [name, value] of values) {
    if (value.length > LARGEST_VALUE)
      throw importRefused('value/invalid', `the value of ${name} is larger than 1 MiB`, `without ${name}`);
    const twin = twinOf(name, present);
    if (twin !== undefined)
      throw importRefused('name/taken', `${name} differs from ${twin} in case only`, `name it ${twin}`);
    (present.includes(name) && (await vault.entry(group, name)) !== null ? change : create).push(name);
  }
  if (change.length > 0 && !overwrite)
    throw importRefused(
      'name/taken',
      `${group} holds already: ${change.join(', ')}`,
      'lockstep secret import FILE --overwrite',
    );
  const warnings = [...values].flatMap(([name, value]) => valueWarnings(name, value).map((one) => `${name}: ${one}`));
  return { group, create, change, warnings };
}

/** Stores what was previewed. If one of the names was added since, stops and reports what is stored by then. */
export async function importValues(
  project: Project,
  values: ReadonlyMap<string, Uint8Array>,
  { group, create }: ImportPreview,
  { allow }: ImportOptions,
): Promise<void> {
  const vault = await project.vault.require();
  const stored: string[] = [];
  for (const [name, value] of values) {
    const allowWhenCreated = allow ?? requestedGrants(project, name, vault.requireGroup(group));
    const before = create.includes(name) && ({ before: 'no secret' } as const);
    const setting = { group, name, value, allowWhenCreated, ...before };
    try {
      await withSecretsAudited(project, vault, { action: 'set', detail: 'imported' }, (identity) =>
        project.vault.edit(identity, setSecret(setting)),
      );
    } catch (error) {
      if (!(error instanceof LockstepError) || stored.length === 0) throw error;
      throw new LockstepError(error.code, `${error.message}\nstored before that: ${stored.join(', ')}`, error.hints);
    }
    stored.push(name);
  }
}

function importRefused(code: ErrorCode, what: string, hint: string): LockstepError {
  return new LockstepError(code, `${what}; nothing was imported`, [hint]);
}
