import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import type { Ambient } from './config.ts';
import { git } from './git-program.ts';

/** What a pre-commit hook has to say. */
export const HOOK_LINE = 'lockstep check && lockstep scan --staged';
const HOOK = `#!/bin/sh\n# Made by \`lockstep git install --hooks\`.\n${HOOK_LINE}\n`;

export interface HookReport {
  readonly path: string;
  /** `foreign`: there is another hook, which is left as it is. */
  readonly state: 'made' | 'there already' | 'foreign';
}

/** Makes the pre-commit hook of this clone. May be called again; never changes a hook that somebody else made. */
export async function installHook(root: string, env: Ambient): Promise<HookReport> {
  const path = join(await hooksFolder(root, env), 'pre-commit');
  const present = readHook(path);
  if (present !== undefined) return { path, state: present.includes(HOOK_LINE) ? 'there already' : 'foreign' };
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, HOOK, { flag: 'wx' });
    chmodSync(path, 0o755);
  } catch (error) {
    throw new LockstepError('file/unwritable', `${path} cannot be made (${systemReason(error)})`, [
      `ls -ld '${dirname(path)}'`,
    ]);
  }
  return { path, state: 'made' };
}

/** `core.hooksPath`, which is asked for by file: we run Git without hooks. */
async function hooksFolder(root: string, env: Ambient): Promise<string> {
  for (const scope of ['--local', '--global', '--system']) {
    const set = await line(root, env, ['config', scope, '--type=path', '--get', 'core.hooksPath']);
    if (set !== '') return resolve(root, set);
  }
  return resolve(root, await line(root, env, ['rev-parse', '--git-common-dir']), 'hooks');
}

async function line(root: string, env: Ambient, args: readonly string[]): Promise<string> {
  return ((await git(root, env, args))?.toString('utf8') ?? '').replace(/\n$/, '');
}

function readHook(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new LockstepError('file/unreadable', `${path} cannot be read (${systemReason(error)})`, [`ls -ld '${path}'`]);
  }
}
