import { dirname } from 'node:path';
import { type ChildRequest, requireStarted, runChild } from '../../process/child.ts';
import type { Ambient } from '../repository/config.ts';
import { gitFolder, gitTop } from '../repository/git-dir.ts';
import { requireTrustedRoot } from '../repository/trusted-root.ts';

const LONGEST_OUTPUT = 16 * 1024 * 1024;
const TIME_LIMIT_MS = 60_000;
/** Git's output is data: nothing that a repository configures is run or fetched, and nothing is locked or paged. */
const QUIETLY = [
  ...['--no-pager', '--no-optional-locks'],
  ...[
    ...[
      'safe.bareRepository=explicit',
      'core.fsmonitor=false',
      'core.hooksPath=/dev/null',
      'core.attributesFile=/dev/null',
    ],
    ...[
      'protocol.allow=never',
      'core.sshCommand=false',
      'credential.helper=',
      'log.showSignature=false',
      'gpg.program=false',
    ],
  ].flatMap((setting) => ['-c', setting]),
];
/** `protocol.NAME.allow` of a repository would beat our `protocol.allow`; this variable beats both. */
const NO_PROTOCOL = { GIT_ALLOW_PROTOCOL: 'none' };
const OUTSIDE = { LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' };
const PASSED_ON = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'GIT_INDEX_FILE'];

/**
 * What a reading command of Git prints on standard output; null outside Git, and when Git is not installed, refuses, or says
 * more than 16 MiB. Its own words go nowhere: they may quote what stands in files.
 * @throws LockstepError `system/limit` where it could not be started for want of files or processes, `project/untrusted` where the repository may be another user's
 */
export async function git(
  root: string,
  env: Ambient,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<Buffer | null> {
  const repository = repositoryOf(root, env);
  if (repository === null) return null;
  const { end, output } = await runGit({
    args: [...QUIETLY, ...repository, ...args],
    cwd: root,
    env: childEnvironment(env),
    ...(stdin !== undefined && { stdin }),
  });
  return end.kind === 'exit' && end.code === 0 ? output : null;
}

/**
 * What differs between two folders in `place`, as a unified diff; null when Git cannot say. It is asked outside every
 * repository, so that no configuration and no attribute of one hides a change or runs a program.
 */
export async function diffOutside(place: string, env: Ambient, one: string, other: string): Promise<string | null> {
  const { end, output } = await runGit({
    args: [
      ...['--no-pager', '-c', 'core.attributesFile=/dev/null', 'diff', '--no-index', '--text', '--no-color'],
      ...['--no-ext-diff', '--no-textconv', '--no-renames', '--src-prefix=', '--dst-prefix=', '--', one, other],
    ],
    cwd: place,
    env: { ...OUTSIDE, PATH: env.PATH ?? '', HOME: place, GIT_CEILING_DIRECTORIES: dirname(place) },
  });
  return end.kind === 'exit' && (end.code === 0 || end.code === 1) ? output.toString() : null;
}

/** Output that is cut at the limit comes with an end by a signal. */
async function runGit(request: Pick<ChildRequest, 'args' | 'cwd' | 'env' | 'stdin'>) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const enough = new AbortController();
  const end = await runChild({
    ...request,
    file: 'git',
    timeoutMs: TIME_LIMIT_MS,
    graceMs: 1000,
    killSignal: enough.signal,
    onOutput(stream, chunk) {
      if (stream === 'stderr') return;
      size += chunk.length;
      if (size > LONGEST_OUTPUT) enough.abort();
      else chunks.push(Uint8Array.from(chunk));
    },
  });
  requireStarted(end, 'git');
  return { end, output: Buffer.concat(chunks) };
}

/**
 * Names the repository and the work tree. Git's own search would take a folder of the checkout that is made to look like a
 * bare repository, and run the programs that its configuration names. Naming them switches off Git's check of the owner, so
 * ours comes first. Null where there is none: Git does not search for one by itself.
 */
function repositoryOf(root: string, env: Ambient): readonly string[] | null {
  requireTrustedRoot(root, root, env);
  const [folder, top] = [gitFolder(root), gitTop(root)];
  return folder === undefined || top === undefined ? null : ['--git-dir', folder, '--work-tree', top];
}

function childEnvironment(env: Ambient): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    ...NO_PROTOCOL,
  };
}
