import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxList } from '../../definition/model/tool-settings.ts';
import { isWithin } from '../../run/executors/sandbox/hidden.ts';
import { SYSTEM } from '../../run/executors/sandbox/profile.ts';
import { type Problem, problem } from '../../text/problem.ts';
import { realPath } from '../../util/real-path.ts';
import { acceptList, type CommittedList, isListAccepted } from '../repository/accepted.ts';
import { type Ambient, accountHome } from '../repository/config.ts';

/**
 * Why no sandbox can be made for this repository: a bound path does not exist, or the user of this machine has not
 * accepted the list.
 */
export function sandboxProblems(root: string, list: SandboxList, env: Ambient): Problem[] {
  const say = (message: string, hint: string) => problem('run/executor', message, { hint });
  const homes = homesOf(env);
  const missing = list.bind.filter((path) => !existsSync(expanded(path, homes)));
  const personal = personalParts(list, env);
  return [
    ...missing.map((path) =>
      say(`lockstep.yaml shows ${path} in sandboxes, and it does not exist`, 'remove it from `sandbox: bind:`'),
    ),
    ...(personal.length > 0 && !isListAccepted(committed(root, list), env)
      ? [
          say(
            `lockstep.yaml shows ${personal.join(', ')} in sandboxes: that is not a folder of programs, and this machine has not accepted the list`,
            'lockstep trust --sandbox',
          ),
        ]
      : []),
    ...(homes.some((home) => realPath(home) === root)
      ? [
          say(
            'the repository is the home folder, which a sandbox never shows',
            'move the repository into a folder of its own',
          ),
        ]
      : []),
  ];
}

/** The folders in which programs are installed. */
const PROGRAMS = [...SYSTEM, '/opt'];

/**
 * The parts of a list that this machine's user has to accept: everything but folders of programs, because anyone who
 * can push can write the list. /etc, /run, /proc, /dev and others' data are not safer than a home, and a port leads to
 * a service just as a socket does.
 */
function personalParts({ bind, ports }: SandboxList, env: Ambient): readonly string[] {
  const homes = homesOf(env);
  const programs = PROGRAMS.map(realPath);
  const realHomes = homes.map(realPath);
  const personal = bind.filter((path) => {
    const real = realPath(expanded(path, homes));
    const isSocket = statSync(real, { throwIfNoEntry: false })?.isSocket() === true;
    const isProgram = programs.some((folder) => isWithin(real, folder));
    return isSocket || !isProgram || realHomes.some((home) => isWithin(real, home) || isWithin(home, real));
  });
  return [...personal, ...ports.map((port) => `port ${port} of 127.0.0.1`)];
}

/** Records on this machine that its user accepts the list, as it is now, for this repository. */
export async function trustSandbox(root: string, list: SandboxList, env: Ambient): Promise<void> {
  await acceptList(committed(root, list), env);
}

function committed(root: string, list: SandboxList): CommittedList {
  return { kind: 'sandbox', root, list };
}

/** The homes from HOME and from the user database. */
export function homesOf({ HOME }: Ambient): readonly string[] {
  const homes = [HOME ?? '', accountHome() ?? ''].filter((path) => path.startsWith('/') && path !== '/');
  return [...new Set(homes)];
}

/** An entry of the list as a path of this machine. */
export function expanded(path: string, homes: readonly string[]): string {
  return path.startsWith('~/') ? join(homes.at(-1) ?? '/', path.slice(2)) : path;
}
