import { readFileSync, writeFileSync } from 'node:fs';
import { LockstepError, systemCode, systemReason } from '../../errors.ts';
import { ATTRIBUTES, ATTRIBUTES_FILE } from '../../vault/changes/init.ts';
import { mergeVaultFile } from '../../vault/changes/merge.ts';
import { readVaultFile } from '../../vault/vault-folder.ts';
import type { Ambient } from '../repository/config.ts';
import { gitFolder } from '../repository/git-dir.ts';
import { replaceText } from '../repository/write-text.ts';
import { callText, type GitCall } from './git-call.ts';
import { git } from './git-cli.ts';

/** Far more than a real .gitattributes has. */
const LARGEST_ATTRIBUTES = 1024 * 1024;

export interface GitInstallReport {
  /** Lines that vault/.gitattributes did not have. */
  readonly attributes: readonly string[];
  readonly driver: string;
}

/** Makes Git call Lockstep for conflicts within vault/, in this clone. May be called again. */
export async function installInGit(root: string, env: Ambient, call: GitCall): Promise<GitInstallReport> {
  if (gitFolder(root) === undefined)
    throw new LockstepError('project/not-found', `${root} is not the root of a Git work tree`, ['git init']);
  const attributes = await completeAttributes(root);
  await configure(root, env, 'merge.lockstep.name', 'Lockstep vault files');
  // Git reads every `%` as the beginning of a placeholder.
  const driver = `${callText(call).replaceAll('%', '%%')} git merge-driver %O %A %B %P`;
  await configure(root, env, 'merge.lockstep.driver', driver);
  return { attributes, driver };
}

async function configure(root: string, env: Ambient, key: string, value: string): Promise<void> {
  if ((await git(root, env, ['config', '--local', key, value])) !== null) return;
  throw new LockstepError('file/unwritable', `Git did not take the setting ${key}`, [`git config ${key} '${value}'`]);
}

async function completeAttributes(root: string): Promise<string[]> {
  const text = readVaultFile({ root }, ATTRIBUTES_FILE, LARGEST_ATTRIBUTES) ?? '';
  const present = text.split('\n');
  const missing = ATTRIBUTES.filter((line) => !present.includes(line));
  if (missing.length === 0) return [];
  const unended = text !== '' && !text.endsWith('\n');
  await replaceText(root, ATTRIBUTES_FILE, `${text}${unended ? '\n' : ''}${missing.join('\n')}\n`);
  return missing;
}

/**
 * Git's merge driver: settles `ours` in place, or leaves it unchanged and reports the conflict.
 * @param files the paths that Git gives for %O, %A and %B, and as %P the path of the file in the repository
 */
export function mergeInPlace(files: {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  readonly path: string;
}): string | null {
  const sides = {
    base: readText(files.base) ?? '',
    ours: readText(files.ours) ?? '',
    theirs: readText(files.theirs) ?? '',
  };
  const merged = mergeVaultFile(files.path, sides);
  if ('conflict' in merged) return merged.conflict;
  if (merged.text !== sides.ours) writeFileSync(files.ours, merged.text);
  return null;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new LockstepError(
      'file/unreadable',
      `${path} cannot be read (${systemReason(error)})`,
      ['lockstep git install'],
      error,
    );
  }
}
