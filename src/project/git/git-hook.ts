import { basename, dirname, join, resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { shellQuoted } from '../../text/shell-word.ts';
import { readBeneath } from '../../util/beneath.ts';
import { relativeInside } from '../../util/paths.ts';
import { createBeneath, replaceBeneath } from '../../util/write-beneath.ts';
import type { Ambient } from '../repository/config.ts';
import { gitTop } from '../repository/git-dir.ts';
import { answers, BY_NAME, callText, type GitCall } from './git-call.ts';
import { git } from './git-cli.ts';

/**
 * The checks before a commit. Git runs hooks at the top of the work tree; `folder` is the path from there to the
 * repository.
 */
function hookLine(call: GitCall, folder: string): string {
  const words = callText(folder === '' ? call : [...call, '-C', folder]);
  return `${words} check --staged && ${words} scan --staged`;
}

const MARK = '# Made by `lockstep git install --hooks`, which replaces it';
/** A hook that this or an earlier Lockstep made, without added lines. */
const OURS = /^#!\/bin\/sh\n# Made by `lockstep git install --hooks`[\s\S]* scan --staged\n$/;

/** Git shows what a hook prints; without a message the user would not know why the commit failed. */
function hookText(call: GitCall, line: string): string {
  const [program = '', script] = call;
  const isThere =
    script === undefined
      ? `command -v ${program} >/dev/null`
      : call.map((word) => `[ -f ${shellQuoted(word)} ]`).join(' && ');
  const missing = [
    `error: the pre-commit hook cannot start Lockstep: ${script === undefined ? `${program} is not on PATH` : `${callText(call)} is not there`}`,
    '  next: install it (in a Node project: npm ci), then: lockstep git install --hooks',
    '  next: to commit this time without its checks: git commit --no-verify',
  ];
  const say = `printf '%s\\n' ${missing.map(shellQuoted).join(' ')} >&2`;
  return `#!/bin/sh\n${MARK}.\n${isThere} || { ${say}; exit 1; }\n${line}\n`;
}

const LARGEST_HOOK = 1024 * 1024;

export interface HookReport {
  readonly path: string;
  /** `foreign`: the hook is not from Lockstep and stays unchanged. */
  readonly state: 'made' | 'renewed' | 'there already' | 'foreign';
  /** The line that the hook runs, or has to run. */
  readonly line: string;
  /** Whether the line starts Lockstep when Git runs the hook. */
  readonly works: boolean;
}

/** Makes the pre-commit hook of this clone. May be called again; never changes a hook that Lockstep did not make. */
export async function installHook(root: string, env: Ambient, wanted: GitCall): Promise<HookReport> {
  const path = join(await hooksFolder(root, env), 'pre-commit');
  const top = gitTop(root) ?? root;
  const place = hookLocation(path, top);
  // A committed hook has to work on every machine.
  const call = place.isCommitted ? BY_NAME : wanted;
  const line = hookLine(call, relativeInside(top, root) ?? '');
  const state = await writeHook(place, path, hookText(call, line), line);
  return { path, state, line, works: await answers(root, env, call) };
}

async function writeHook(place: HookPlace, path: string, text: string, line: string): Promise<HookReport['state']> {
  const bytes = Buffer.from(text);
  const present = readHook(place, path);
  if (present === undefined) return (await createBeneath(place.root, place.path, bytes, 0o755)) ? 'made' : 'foreign';
  if (present === text || (!OURS.test(present) && present.includes(line))) return 'there already';
  if (!OURS.test(present)) return 'foreign';
  await replaceBeneath(place.root, place.path, bytes, 0o755);
  return 'renewed';
}

interface HookPlace {
  readonly root: string;
  readonly path: string;
  readonly isCommitted: boolean;
}

/**
 * `core.hooksPath`, read from each configuration file because we run Git without hooks; relative to the top of the work
 * tree.
 */
async function hooksFolder(root: string, env: Ambient): Promise<string> {
  for (const scope of ['--local', '--global', '--system']) {
    const set = await line(root, env, ['config', scope, '--type=path', '--get', 'core.hooksPath']);
    if (set !== '') return resolve(gitTop(root) ?? root, set);
  }
  return resolve(root, await line(root, env, ['rev-parse', '--git-common-dir']), 'hooks');
}

/**
 * A folder of the checkout may be a committed link and is not followed; links in Git's own folder and elsewhere are the
 * user's.
 */
function hookLocation(path: string, top: string): HookPlace {
  const inside = relativeInside(top, path);
  const isCommitted = inside !== undefined && !inside.startsWith('.git/');
  return isCommitted
    ? { root: top, path: inside, isCommitted }
    : { root: dirname(path), path: basename(path), isCommitted };
}

async function line(root: string, env: Ambient, args: readonly string[]): Promise<string> {
  return ((await git(root, env, args))?.toString('utf8') ?? '').replace(/\n$/, '');
}

function readHook(place: HookPlace, path: string): string | undefined {
  const read = readBeneath(place.root, place.path, LARGEST_HOOK);
  if ('bytes' in read) return read.bytes.toString('utf8');
  if (read.fault === 'missing') return undefined;
  throw new LockstepError('file/unreadable', `${path} is not a hook that can be read (${read.code})`, [
    `ls -ld '${path}'`,
  ]);
}
