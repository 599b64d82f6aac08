import { LockstepError } from '../../errors.ts';
import { runChild } from '../../process/child.ts';
import { type Ambient, definedVariables } from '../repository/config.ts';

/** Enough for a fetch of a large repository over a slow line. */
const TIME_LIMIT_MS = 10 * 60_000;
const LONGEST_REASON = 2_000;
/** The variables that a user's own Git configuration needs to reach a remote. */
const PASSED_ON = [
  ...['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'SSH_AUTH_SOCK', 'GIT_SSH_COMMAND', 'GIT_SSL_CAINFO'],
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'],
];
/** Git runs nothing that comes with the repository. `ext::` would run a command that the remote's name holds. */
const CAREFULLY = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'protocol.ext.allow=never'],
  ...['submodule.recurse=false', 'fetch.recurseSubmodules=false', 'advice.detachedHead=false', 'gc.auto=0'],
].flatMap((setting) => ['-c', setting]);

/** A clone that belongs to Lockstep and that no other user can write. Unlike `git()`, it may contact its remote. */
export class GitClone {
  /** The work tree. */
  readonly root: string;
  readonly #env: Ambient;

  constructor(root: string, env: Ambient) {
    this.root = root;
    this.#env = env;
  }

  /** Returns the output of the command. @throws LockstepError `server/git` with Git's message */
  async run(...args: string[]): Promise<string> {
    let [output, said] = ['', ''];
    const end = await runChild({
      file: 'git',
      args: ['--no-pager', ...CAREFULLY, ...args],
      cwd: this.root,
      env: this.#childEnvironment(),
      timeoutMs: TIME_LIMIT_MS,
      graceMs: 1000,
      onOutput(stream, chunk) {
        const text = Buffer.from(chunk).toString('utf8');
        if (stream === 'stdout') output += text;
        else said = (said + text).slice(-LONGEST_REASON);
      },
    });
    if (end.kind === 'exit' && end.code === 0) return output;
    const reason = said.trim().split('\n').at(-1) ?? '';
    throw new LockstepError('server/git', `git ${args[0] ?? ''} failed: ${reason || end.kind}`, [
      'try it by hand as the user of the server: git ls-remote REMOTE',
    ]);
  }

  #childEnvironment(): Record<string, string> {
    return {
      ...definedVariables(this.#env, PASSED_ON),
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
      GIT_LFS_SKIP_SMUDGE: '1',
    };
  }
}
