import { lstatSync, realpathSync } from 'node:fs';
import { LockstepError } from '../../../errors.ts';
import { type Hidden, showSystem } from './hidden.ts';
import { etcFolders, isRoot, seenUser } from './own-etc.ts';

/** What one step sees. All paths are absolute. */
export interface SandboxOptions {
  /** The repository, or its sealed copy: at the same path, read-only. */
  readonly root: string;
  /** Read and written, at the same path. */
  readonly scratch: string;
  /** Prepared once per run (base.ts). */
  readonly etc: string;
  /** An empty folder, to cover folders of /proc with. */
  readonly empty: string;
  readonly hidden: Hidden;
  /** Further paths of lockstep.yaml: at the same path, read-only; a socket works as it does outside. */
  readonly binds: readonly string[];
  /** Whether its network namespace is its own and empty; else it inherits one. */
  readonly isOffline: boolean;
  /** An empty folder at this path. */
  readonly home: string;
  /** bubblewrap 0.8 and later. */
  readonly canDisableUserns: boolean;
}

/**
 * The files of /proc about the machine, its kernel and other processes, which container engines cover too. Each costs
 * 0.4 ms.
 */
const COVERED = [
  ...['acpi', 'asound', 'cmdline', 'interrupts', 'kallsyms', 'key-users', 'keys', 'latency_stats', 'sched_debug'],
  ...['scsi', 'timer_list', 'timer_stats'],
];
/** Files that only root may open: to the kernel, a step that root runs is root. */
const COVERED_FOR_ROOT = [
  ...['iomem', 'ioports', 'kcore', 'kmsg', 'kpagecgroup', 'kpagecount', 'kpageflags', 'mtrr', 'pagetypeinfo'],
  ...['slabinfo', 'sysrq-trigger', 'vmallocinfo'],
];

/** Programs. Not /opt, /srv, /var, /home, /root, /mnt, /sys, /boot. */
export const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store'];

/** bubblewrap accepts 9,000. */
const MOST_WORDS = 8_500;

/**
 * bubblewrap's arguments for a sandbox that starts from nothing: it shows what a step needs, and covers nothing.
 * @param environment all variables of the step; they reach no command line, and not bubblewrap itself
 * @throws LockstepError `state/unusable` where the place cannot be shown safely
 */
export function profile(
  options: SandboxOptions,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): readonly string[] {
  const words = [
    ...namespaces(options),
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    // First of all mounts: a truncated list must show less, not more.
    ...['--proc', '/proc', ...covers(options.empty), '--remount-ro', '/proc'],
    ...system(options),
    // Later mounts are above earlier ones, because the repository may be in the home.
    ...[options.root, ...options.binds].flatMap((path) => shown(path, options.hidden)),
    ...['--bind', options.scratch, options.scratch],
    // `/` is bubblewrap's own tmpfs, which steps could write otherwise.
    ...['--remount-ro', '/', '--chdir', cwd],
  ];
  if (words.length > MOST_WORDS)
    throw new LockstepError('state/unusable', 'a hidden file is among too many others to leave it out of a sandbox', [
      'move the identity out of the repository: LOCKSTEP_IDENTITY_FILE=FILE',
    ]);
  return words;
}

function shown(path: string, hidden: Hidden): string[] {
  const from = realpathSync(path);
  return [...hidden.show(from, path), ...hidden.coverRelativeSockets(from, path)];
}

/** To the kernel, the step stays the user who runs Lockstep: another user could not read the repository. */
function namespaces({ isOffline, canDisableUserns }: SandboxOptions): string[] {
  const { uid, gid } = seenUser();
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', 'lockstep'],
    ...(isOffline ? ['--unshare-net'] : []),
    ...['--uid', String(uid), '--gid', String(gid)],
    ...(canDisableUserns ? ['--disable-userns'] : []),
    ...['--cap-drop', 'ALL', '--die-with-parent'],
  ];
}

/** bubblewrap creates missing parents with mode 0700, so each folder is created explicitly with its own mode. */
function system({ hidden, etc, home }: SandboxOptions): string[] {
  return [
    ...['/var', '/run'].flatMap((path) => ['--perms', '0755', '--dir', path]),
    ...['--symlink', '../run', '/var/run', '--symlink', '../tmp', '/var/tmp'],
    ...SYSTEM.flatMap((path) => showSystem(path, hidden)),
    ...['--ro-bind', etc, '/etc'],
    ...etcFolders().flatMap((name) => hidden.show(realpathSync(`/etc/${name}`), `/etc/${name}`)),
    ...['--dev', '/dev', '--perms', '1777', '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--perms', '1777', '--tmpfs', '/tmp', '--perms', '0700', '--tmpfs', home],
  ];
}

/**
 * Covers files of /proc; the caller then makes all of /proc read-only. bubblewrap makes /proc/sys read-only only if the
 * folder itself is writable, which it never is, while root can write its files. A nodev mount refuses to open devices.
 */
function covers(empty: string): string[] {
  const names = isRoot() ? [...COVERED, ...COVERED_FOR_ROOT] : COVERED;
  return names.flatMap((name) => {
    const stats = lstatSync(`/proc/${name}`, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    return ['--ro-bind', stats.isDirectory() ? empty : '/dev/null', `/proc/${name}`];
  });
}
