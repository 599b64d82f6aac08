import { delimiter } from 'node:path';
import { runChild } from '../../process/child.ts';
import { findExecutable } from '../../process/find-executable.ts';
import { shellQuoted } from '../../text/shell-word.ts';
import { VERSION } from '../../util/version.ts';
import type { Ambient } from '../repository/config.ts';

/** How Git starts Lockstep: the words of a command, without its arguments. */
export type GitCall = readonly string[];

/** Works on every machine that has Lockstep on its PATH. */
export const BY_NAME: GitCall = ['lockstep'];

const ANSWER_WITHIN_MS = 30_000;
/**
 * `npm exec` adds these folders to the PATH of its processes; when Git starts Lockstep later, they are not on the PATH.
 */
const OF_NPM = /[\\/]node_modules[\\/](?:.*[\\/])?(?:\.bin|node-gyp-bin)[\\/]?$/;

/**
 * The name `lockstep` if it starts this Lockstep, else the command that started this process.
 * @param program the command of this process: Node and the script
 */
export async function gitCall(root: string, env: Ambient, program: GitCall): Promise<GitCall> {
  return (await answers(root, env, BY_NAME)) ? BY_NAME : program;
}

/** Whether the command starts this version when Git calls it. */
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

/** The command as a shell reads it. */
export function callText(call: GitCall): string {
  return call.map((word) => (/^[\w@+=:,./-]+$/.test(word) ? word : shellQuoted(word))).join(' ');
}
