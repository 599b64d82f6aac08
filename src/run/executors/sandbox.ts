import { statSync } from 'node:fs';
import { delimiter, sep } from 'node:path';
import { findExecutable } from '../../process/find-executable.ts';
import type { StepScratch } from '../scratch.ts';
import { resolveShell } from '../shell.ts';
import type { Executor } from './executor.ts';

export interface SandboxPlace {
  /** The repository: absolute, symlinks resolved. */
  readonly root: string;
  /** The home folder whose files the step does not see; absent where there is none. */
  readonly home?: string;
  /** Further files and folders that it does not see: state, identities. */
  readonly hidden: readonly string[];
  readonly network: 'none' | 'open';
}

/** What the step gets for itself, empty and gone with it. /run holds the sockets of the machine's services. */
const PRIVATE_FOLDERS = ['/tmp', '/var/tmp', '/run'];
/** Names are looked up there on many machines, and it is below /run. */
const RESOLVER = '/run/systemd/resolve';

/** Null where bubblewrap is not installed. */
export function findBubblewrap(searchPath: string): string | null {
  return findExecutable('bwrap', searchPath, '/');
}

/**
 * On this machine within bubblewrap: own process ids, so that all of its processes end with it; everything readable and
 * nothing writable but a /tmp and a home of its own; no sockets of services; and no network unless it was asked for.
 */
export function sandboxExecutor(
  bubblewrap: string,
  searchPath: string,
  place: SandboxPlace,
  scratch: StepScratch,
): Executor {
  const visible = visiblePath(searchPath, place);
  return {
    resolve: (shell, cwd) => resolveShell(shell, visible, cwd),
    inside: (path) => path,
    command: (work) => ({
      ...work,
      // bubblewrap would end at a TERM at once, and take the step with it; the step itself is told, and has its grace.
      file: '/usr/bin/env',
      args: [
        '--ignore-signal=TERM',
        bubblewrap,
        ...mounts(place, scratch.path),
        // Root would keep its rights in there, and with them undo every mount.
        ...['--cap-drop', 'ALL'],
        ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--die-with-parent'],
        ...(place.network === 'none' ? ['--unshare-net'] : []),
        ...['--chdir', work.cwd, '--', '/usr/bin/env', '--default-signal=TERM', work.file, ...work.args],
      ],
      env: { ...work.env, PATH: visible, ...('TMPDIR' in work.env && { TMPDIR: '/tmp' }) },
    }),
    end: async () => undefined,
  };
}

/** Later mounts stand above earlier ones: the repository may lie in the home folder, and an identity in the repository's. */
function mounts({ root, home, hidden }: SandboxPlace, scratch: string): string[] {
  const emptied = [...PRIVATE_FOLDERS, ...(home === undefined || home === sep ? [] : [home])];
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...emptied.flatMap((folder) => ['--tmpfs', folder]),
    ...['--ro-bind-try', RESOLVER, RESOLVER, '--ro-bind', root, root],
    ...hidden.flatMap(hide),
    ...['--bind', scratch, scratch],
  ];
}

function hide(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];
}

/** Without the folders that are empty in there. */
function visiblePath(searchPath: string, { home }: SandboxPlace): string {
  const gone = [...PRIVATE_FOLDERS, ...(home === undefined || home === sep ? [] : [home])];
  const isGone = (folder: string) => gone.some((one) => folder === one || folder.startsWith(`${one}${sep}`));
  return searchPath
    .split(delimiter)
    .filter((folder) => !isGone(folder))
    .join(delimiter);
}
