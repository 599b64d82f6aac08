import { basename } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { VERSION } from '../../util/version.ts';
import type { CheckReport } from '../checking/check.ts';
import { git } from '../git/git-cli.ts';
import type { Project } from '../project.ts';
import { CONFIG_FILE } from '../repository/config.ts';
import type { SnapshotMark } from '../runs/prepare.ts';
import type { LiveProject } from './live-project.ts';

/** What a person sees first: which repository this is, and whether it is current. */
export interface ServerStatus {
  readonly name: string;
  readonly version: string;
  readonly snapshot: SnapshotMark;
  readonly loadedAt: string;
  readonly current: boolean;
  readonly counts: CheckReport['counts'];
  readonly groups: readonly string[];
  /** The group that is used where none is named; null where one has to be. */
  readonly group: string | null;
  /** Files of the vault, and lockstep.yaml, whose changes are not committed. */
  readonly toCommit: readonly string[];
  /** The member whose identity the server has; null without one. */
  readonly member: string | null;
}

export async function serverStatus({ project, state }: LiveProject): Promise<ServerStatus> {
  const { snapshot, loadedAt, current, report } = state;
  return {
    name: basename(project.root),
    version: VERSION,
    snapshot,
    loadedAt,
    current,
    counts: report.counts,
    ...(await vaultStatus(project)),
    toCommit: await uncommitted(project),
  };
}

/** A repository without a vault, or with one that cannot be read, has a status too. */
async function vaultStatus(project: Project): Promise<Pick<ServerStatus, 'groups' | 'group' | 'member'>> {
  const vault = await unlessRefused(() => project.vault.open());
  if (vault === null) return { groups: [], group: null, member: null };
  const group = await unlessRefused(async () => project.vault.chooseGroup(vault, project.snapshot.config));
  const loaded = await unlessRefused(() => project.vault.identity());
  const member = loaded === null ? undefined : vault.memberOf(loaded.identity);
  return { groups: [...vault.groups.keys()], group, member: member ?? null };
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
}

async function uncommitted({ root, vault }: Project): Promise<readonly string[]> {
  const status = await git(root, vault.env, [
    ...['status', '--porcelain', '-z', '--untracked-files=all', '--no-renames', '--'],
    ...['vault', CONFIG_FILE],
  ]);
  const lines = (status?.toString() ?? '').split('\0').filter((line) => line !== '');
  return lines.map((line) => line.slice(3));
}
