import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { findExecutable } from '../../../process/find-executable.ts';
import { realPath } from '../../../util/real-path.ts';
import type { StepScratch } from '../../workspace/scratch.ts';
import { resolveShell } from '../../workspace/shell.ts';
import type { Executor } from '../executor.ts';
import type { SandboxBase } from './base.ts';
import { isWithin } from './hidden.ts';
import { joinPasta, OWN_NETWORK } from './network.ts';
import { profile, SYSTEM } from './profile.ts';
import { seccompFilter } from './seccomp.ts';

/** The path of bubblewrap; null where it is not installed. */
export function findBubblewrap(searchPath: string): string | null {
  return findExecutable('bwrap', searchPath, '/');
}

export interface SandboxedStep {
  /** The repository, or its sealed copy: absolute, symlinks resolved. */
  readonly root: string;
  readonly network: 'none' | 'open';
  /** The step's PATH. */
  readonly searchPath: string;
}

/**
 * Runs a step on this machine within bubblewrap, in a sandbox that starts from nothing (profile.ts). The step sees
 * programs, the repository and its own folder, and can write only the last. All of its processes end with it.
 */
export function sandboxExecutor(base: SandboxBase, step: SandboxedStep, scratch: StepScratch, arch: string): Executor {
  const { root, network } = step;
  const visible = visiblePath(step.searchPath, [root, ...base.settings.binds]);
  const usesPasta = network === 'open' && base.open === 'pasta';
  let fault: string | undefined;
  return {
    resolve: (shell, cwd) => resolveShell(shell, visible, cwd),
    inside: (path) => path,
    command(work) {
      const folder = base.folder(network);
      const filter = seccompFilter(arch);
      const { home, binds, bubblewrap, ports } = base.settings;
      const place = {
        ...{ root, scratch: scratch.path, etc: join(folder, 'etc'), empty: join(folder, 'empty') },
        ...{ hidden: base.hidden, binds, home, canDisableUserns: bubblewrap.canDisableUserns },
        isOffline: network === 'none' || base.open === 'offline',
      };
      const words = profile(place, { ...work.env, PATH: visible, HOME: home, TMPDIR: '/tmp' }, work.cwd);
      const [file = '', ...args] = [...(usesPasta ? OWN_NETWORK : []), ...front(bubblewrap.file, filter !== null)];
      return {
        ...work,
        file,
        args: [...args, '/usr/bin/env', '--default-signal=TERM', work.file, ...work.args],
        cwd: '/',
        env: {},
        inputs: [packed(words), ...(filter === null ? [] : [filter])],
        gate: async (pid, ended) => {
          if (!usesPasta) return;
          await joinPasta(pid, ended, { folder, ports }).catch((error: unknown) => {
            if (!ended.aborted) fault = `its network could not be made: ${error instanceof Error ? error.message : ''}`;
            throw error;
          });
        },
      };
    },
    end: async () => undefined,
    notBegun: () => fault,
  };
}

/**
 * `env` makes only bubblewrap ignore TERM, which would otherwise end it at once together with the step.
 * `--die-with-parent` works only once bubblewrap has set everything up, some 10 ms later: a runner that is killed
 * earlier would leave a step behind. So the first program inside reports that it is running, and starts the step only
 * when we answer.
 */
function front(bubblewrap: string, isFiltered: boolean): string[] {
  const gate = isFiltered ? 5 : 4;
  const wait = `echo >&${gate}; read go <&${gate} || exit 1; exec ${gate}>&-; exec "$@"`;
  return [
    ...['/usr/bin/env', '--ignore-signal=TERM', bubblewrap, '--args', '3'],
    ...(isFiltered ? ['--seccomp', '4'] : []),
    ...['--', '/bin/sh', '-c', wait, 'sh'],
  ];
}

/** The arguments in the format of `bwrap --args`. */
function packed(words: readonly string[]): Uint8Array {
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

/** The search path without the folders that the sandbox does not show. */
function visiblePath(searchPath: string, shown: readonly string[]): string {
  const isShown = (folder: string) => {
    try {
      const real = realpathSync(folder);
      return (
        isAbsolute(folder) &&
        [...SYSTEM, ...shown].some((one) => isWithin(folder, one) && isWithin(real, realPath(one)))
      );
    } catch {
      return false;
    }
  };
  return searchPath.split(delimiter).filter(isShown).join(delimiter);
}
