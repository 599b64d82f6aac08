import { basename, dirname, join, resolve } from 'node:path';
import { LockstepError } from '../errors.ts';
import { readBeneath } from '../util/beneath.ts';
import { relativeInside } from '../util/relative-inside.ts';
import { createBeneath } from '../util/write-beneath.ts';
import type { Ambient } from './config.ts';
import { gitTop } from './git.ts';
import { git } from './git-program.ts';

/** What a pre-commit hook has to say. */
export const HOOK_LINE = 'lockstep check --staged && lockstep scan --staged';
const HOOK = `#!/bin/sh\n# Made by \`lockstep git install --hooks\`.\n${HOOK_LINE}\n`;

const LARGEST_HOOK = 1024 * 1024;

export interface HookReport {
  readonly path: string;
  /** `foreign`: there is another hook, which is left as it is. */
  readonly state: 'made' | 'there already' | 'foreign';
}

/** Makes the pre-commit hook of this clone. May be called again; never changes a hook that somebody else made. */
export async function installHook(root: string, env: Ambient): Promise<HookReport> {
  const path = join(await hooksFolder(root, env), 'pre-commit');
  const place = placeOf(path, gitTop(root) ?? root);
  const present = readHook(place, path);
  if (present !== undefined) return { path, state: present.includes(HOOK_LINE) ? 'there already' : 'foreign' };
  const made = await createBeneath(place.root, place.path, Buffer.from(HOOK), 0o755);
  return { path, state: made ? 'made' : 'foreign' };
}

/** `core.hooksPath`, which is asked for by file: we run Git without hooks. Git takes it from the top of the work tree. */
async function hooksFolder(root: string, env: Ambient): Promise<string> {
  for (const scope of ['--local', '--global', '--system']) {
    const set = await line(root, env, ['config', scope, '--type=path', '--get', 'core.hooksPath']);
    if (set !== '') return resolve(gitTop(root) ?? root, set);
  }
  return resolve(root, await line(root, env, ['rev-parse', '--git-common-dir']), 'hooks');
}

/** A folder of the checkout may be a committed link, and is not followed; links in Git's own folder and elsewhere are the user's. */
function placeOf(path: string, top: string): { readonly root: string; readonly path: string } {
  const inside = relativeInside(top, path);
  const isCommitted = inside !== undefined && !inside.startsWith('.git/');
  return isCommitted ? { root: top, path: inside } : { root: dirname(path), path: basename(path) };
}

async function line(root: string, env: Ambient, args: readonly string[]): Promise<string> {
  return ((await git(root, env, args))?.toString('utf8') ?? '').replace(/\n$/, '');
}

function readHook(place: { readonly root: string; readonly path: string }, path: string): string | undefined {
  const read = readBeneath(place.root, place.path, LARGEST_HOOK);
  if ('bytes' in read) return read.bytes.toString('utf8');
  if (read.fault === 'missing') return undefined;
  throw new LockstepError('file/unreadable', `${path} is not a hook that can be read (${read.code})`, [
    `ls -ld '${path}'`,
  ]);
}
