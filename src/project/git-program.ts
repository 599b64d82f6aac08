import { runChild } from '../process/child.ts';
import type { Ambient } from './config.ts';
import { gitFolder, gitTop } from './git.ts';
import { requireTrustedRoot } from './trusted-root.ts';

const LONGEST_OUTPUT = 16 * 1024 * 1024;
const TIME_LIMIT_MS = 60_000;
/** What is read is data: nothing that a repository configures is run or fetched, and nothing is locked or paged. */
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
const PASSED_ON = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'GIT_INDEX_FILE'];

/**
 * What a reading command of Git prints on standard output; null when Git is not installed, refuses, or says more than
 * 16 MiB. Its own words go nowhere: they may quote what stands in files.
 * @throws LockstepError `project/untrusted` where the repository may be another user's
 */
export async function git(root: string, env: Ambient, args: readonly string[]): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const enough = new AbortController();
  const end = await runChild({
    file: 'git',
    args: [...QUIETLY, ...repositoryOf(root, env), ...args],
    cwd: root,
    env: childEnvironment(env),
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
  return end.how === 'exit' && end.code === 0 ? Buffer.concat(chunks) : null;
}

/**
 * Names the repository and the work tree. Git's own search would take a folder of the checkout that is made to look like a
 * bare repository, and run the programs that its configuration names. Naming them switches off Git's check of the owner, so
 * ours comes first.
 */
function repositoryOf(root: string, env: Ambient): readonly string[] {
  requireTrustedRoot(root, root, env);
  const [folder, top] = [gitFolder(root), gitTop(root)];
  return folder === undefined || top === undefined ? [] : ['--git-dir', folder, '--work-tree', top];
}

function childEnvironment(env: Ambient): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' };
}
