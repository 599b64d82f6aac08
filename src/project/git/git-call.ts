import { delimiter } from 'node:path';
import { runChild } from '../../process/child.ts';
import { findExecutable } from '../../process/find-executable.ts';
import { shellQuoted } from '../../text/shell-word.ts';
import { VERSION } from '../../util/version.ts';
import type { Ambient } from '../repository/config.ts';

/** How Git starts Lockstep: the words of a command, without its arguments. */
export type GitCall = readonly string[];

/** On every machine that has Lockstep on its PATH. */
export const BY_NAME: GitCall = ['lockstep'];

const ANSWER_WITHIN_MS = 30_000;
/** `npm exec` puts these on the PATH of what it starts, and Git is started without them. */
const OF_NPM = /[\\/]node_modules[\\/](?:.*[\\/])?(?:\.bin|node-gyp-bin)[\\/]?$/;

/**
 * By name where that starts this Lockstep, else the way in which it was started now.
 * @param program what this process runs: Node and the script
 */
export async function gitCall(root: string, env: Ambient, program: GitCall): Promise<GitCall> {
  return (await answers(root, env, BY_NAME)) ? BY_NAME : program;
}

/** Whether it starts this version when Git calls it. */
export async function answers(root: string, env: Ambient, [name = '', ...args]: GitCall): Promise<boolean> {
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !OF_NPM.test(folder));
  const file = findExecutable(name, path.join(delimiter), root);
  if (file === null) return false;
  let said = '';
  const end = await runChild({
    file,
    args: [...args, 'version'],
    cwd: root,
    env: { PATH: path.join(delimiter), ...(env.HOME !== undefined && { HOME: env.HOME }) },
    graceMs: 0,
    timeoutMs: ANSWER_WITHIN_MS,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') said += Buffer.from(chunk).toString();
    },
  });
  return end.kind === 'exit' && end.code === 0 && said === `lockstep ${VERSION}\n`;
}

/** As a shell reads it. */
export function callText(call: GitCall): string {
  return call.map((word) => (/^[\w@+=:,./-]+$/.test(word) ? word : shellQuoted(word))).join(' ');
}
