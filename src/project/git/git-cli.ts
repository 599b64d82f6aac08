import { dirname } from 'node:path';
import { type ChildRequest, requireStarted, runChild } from '../../process/child.ts';
import { type Ambient, definedVariables } from '../repository/config.ts';
import { gitFolder, gitTop } from '../repository/git-dir.ts';
import { requireTrustedRoot } from '../repository/trusted-root.ts';

const LONGEST_OUTPUT = 16 * 1024 * 1024;
const TIME_LIMIT_MS = 60_000;
/**
 * Git's output is data: Git runs and fetches nothing that a repository configures, takes no locks and starts no pager.
 */
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
/** `protocol.NAME.allow` of a repository would override our `protocol.allow`; this variable overrides both. */
const NO_PROTOCOL = { GIT_ALLOW_PROTOCOL: 'none' };
const OUTSIDE = { LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' };
const PASSED_ON = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'GIT_INDEX_FILE'];

/**
 * The standard output of a Git command that only reads; null outside Git, and when Git is not installed, refuses, or
 * prints more than 16 MiB. Git's error messages are discarded, because they may quote the content of files.
 * @throws LockstepError `system/limit` where it could not be started because files or processes ran out,
 * `project/untrusted` where the repository may be another user's
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
 * The difference between two folders in `place`, as a unified diff; null when Git cannot make it. Git runs outside
 * every repository, so that no configuration or attribute of a repository hides a change or runs a program.
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

/** If the output is cut at the limit, the process ends by a signal. */
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
 * Names the repository and the work tree. Git's own search would accept a folder of the checkout that looks like a bare
 * repository, and run the programs that its configuration names. Naming both switches off Git's check of the owner, so
 * ours runs first. Null outside Git: Git then does not search by itself.
 */
function repositoryOf(root: string, env: Ambient): readonly string[] | null {
  requireTrustedRoot(root, root, env);
  const [folder, top] = [gitFolder(root), gitTop(root)];
  return folder === undefined || top === undefined ? null : ['--git-dir', folder, '--work-tree', top];
}

function childEnvironment(env: Ambient): Record<string, string> {
  return {
    ...definedVariables(env, PASSED_ON),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    ...NO_PROTOCOL,
  };
}
