import { LockstepError } from '../../errors.ts';
import { type EntryRecord, encodeEntry, entryFile } from '../../vault/format/entry-document.ts';
import { ROOT_FILE, type RootDocument } from '../../vault/format/root-document.ts';
import { type HistoricalEntry, historicalRoot, readHistoricalEntry } from '../../vault/trust/historical-entry.ts';
import type { Vault } from '../../vault/vault.ts';
import { git } from '../git/git-cli.ts';
import type { Project } from '../project.ts';
import type { Ambient } from '../repository/config.ts';
import { chooseGroup, requireSecret } from './find-secret.ts';

/** One signed change of a secret, in Git or in the work tree. */
export interface Revision {
  /** Null: not committed. */
  readonly commit: string | null;
  /** The date of the commit, `YYYY-MM-DD`; null if `commit` is null. */
  readonly date: string | null;
  readonly version: number;
  readonly revision: number;
  readonly by: string;
  /** `value`, `grants`, `description`, `dates`, `key`, `removed`, or `created`. */
  readonly changed: readonly string[];
  /** Grants that the change added or removed; absent: none. */
  readonly granted?: readonly string[];
  readonly revoked?: readonly string[];
  /** Whether there is proof that a member signed it who was allowed to write then. */
  readonly verified: boolean;
}

export interface SecretHistory {
  readonly name: string;
  readonly group: string;
  /** Newest first. */
  readonly revisions: readonly Revision[];
}

export interface Dated extends HistoricalEntry {
  readonly commit: string | null;
  readonly date: string | null;
}

const MOST_COMMITS = 500;

/**
 * Needs no key. Without Git there is only the present version. Throws `secret/unknown` for a secret that never existed.
 */
export async function secretHistory(
  project: Project,
  env: Ambient,
  name: string,
  wanted?: string,
): Promise<SecretHistory> {
  const vault = await project.vault.require();
  const group = chooseGroup(project, vault, wanted);
  const states = await formerStates(project.root, env, vault, { group, name });
  if (states.length === 0) await requireSecret(vault, group, name);
  const revisions = states.map(({ record, root, commit, date }, index): Revision => {
    const { version, revision, by } = record;
    const before = states[index + 1]?.record;
    const changed = changesBetween(before, record);
    return { commit, date, version, revision, by, changed, ...grantChanges(before, record), verified: root !== null };
  });
  return { name, group, revisions };
}

/** Every different state of the secret's file, newest first. */
export async function formerStates(
  root: string,
  env: Ambient,
  vault: Vault,
  address: { readonly group: string; readonly name: string },
): Promise<readonly Dated[]> {
  const file = entryFile(address.group, address.name);
  const present = await vault.record(address.group, address.name);
  const states: Dated[] = present === null ? [] : [{ record: present, root: vault.document, commit: null, date: null }];
  const log = await git(root, env, [
    'log',
    '--full-history',
    `-n${MOST_COMMITS}`,
    '--format=%H %cs',
    '--',
    `./${file}`,
  ]);
  const seen = new Map(states.map((state, index) => [encodeEntry(state.record), index]));
  for (const line of log?.toString().split('\n') ?? []) {
    const [commit = '', date = ''] = line.split(' ');
    const text = commit === '' ? null : await git(root, env, ['cat-file', 'blob', `${commit}:./${file}`]);
    if (text === null) continue;
    const roots = [...(await rootOf(root, env, vault.document, commit)), vault.document];
    const former = readHistoricalEntry(address, text.toString(), roots);
    if (former === null) continue;
    const known = seen.get(text.toString());
    // The oldest commit with this state is the one that added it.
    if (known !== undefined) states[known] = { ...former, commit, date };
    else seen.set(text.toString(), states.push({ ...former, commit, date }) - 1);
  }
  return states.sort((a, b) => b.record.revision - a.record.revision);
}

async function rootOf(root: string, env: Ambient, present: RootDocument, commit: string): Promise<RootDocument[]> {
  const text = await git(root, env, ['cat-file', 'blob', `${commit}:./${ROOT_FILE}`]);
  const former = text === null ? null : historicalRoot(present, text.toString());
  return former === null ? [] : [former];
}

function changesBetween(before: EntryRecord | undefined, after: EntryRecord): readonly string[] {
  if (after.removed) return ['removed'];
  if (before === undefined || before.removed) return ['created'];
  const changes = {
    value: before.version !== after.version,
    grants: before.allow.join('\n') !== after.allow.join('\n'),
    description: before.description !== after.description,
    dates: before.rotateEvery !== after.rotateEvery || before.expires !== after.expires,
    key: before.epoch !== after.epoch,
  };
  return Object.entries(changes).flatMap(([what, changed]) => (changed ? [what] : []));
}

function grantChanges(before: EntryRecord | undefined, after: EntryRecord): Pick<Revision, 'granted' | 'revoked'> {
  const [old, now] = [before, after].map((one) => (one === undefined || one.removed ? [] : one.allow));
  const granted = now?.filter((grant) => !old?.includes(grant)) ?? [];
  const revoked = old?.filter((grant) => !now?.includes(grant)) ?? [];
  return { ...(granted.length > 0 && { granted }), ...(revoked.length > 0 && { revoked }) };
}

/**
 * The newest state with this version that can be trusted, and that came with the key it is sealed to. Throws
 * `version/unknown`.
 */
export function stateOfVersion(states: readonly Dated[], name: string, version: number) {
  const all = states.filter((state) => state.record.version === version && !state.record.removed);
  const hints = [`lockstep secret history ${name}`];
  if (all.length === 0)
    throw new LockstepError(
      'version/unknown',
      `neither Git nor the work tree has version ${version} of ${name}`,
      hints,
    );
  const sound = all.flatMap(({ record, root }) => (root === null || record.removed ? [] : [{ entry: record, root }]));
  const openable = sound.find(({ entry, root }) => root.groups.get(entry.group)?.epoch === entry.epoch) ?? sound[0];
  if (openable !== undefined) return { ...openable, sound };
  throw new LockstepError(
    'version/unknown',
    `version ${version} of ${name} is in Git, but no member who could write at that time has signed it`,
    hints,
  );
}
