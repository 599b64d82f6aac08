import { runChild } from '../process/child.ts';
import type { Ambient } from './config.ts';

const LONGEST_OUTPUT = 16 * 1024 * 1024;
const TIME_LIMIT_MS = 60_000;
/** What is read is data: nothing that a repository configures is run, and nothing is locked or paged. */
const QUIETLY = ['--no-pager', '--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
const PASSED_ON = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'GIT_INDEX_FILE'];

/**
 * What a reading command of Git prints on standard output; null when Git is not installed, refuses, or says more than
 * 16 MiB. Its own words go nowhere: they may quote what stands in files.
 */
export async function git(root: string, env: Ambient, args: readonly string[]): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const enough = new AbortController();
  const end = await runChild({
    file: 'git',
    args: [...QUIETLY, ...args],
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

function childEnvironment(env: Ambient): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}
