import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Call, matches, readScript, rewrite, trimEnd } from './script-text.ts';
import { shareCode } from './shared-code.ts';
import { unifiedDiff } from './unified-diff.ts';

const LOCKSTEP = join(import.meta.dirname, '../../bin/lockstep.js');
/** A command that takes longer hangs. */
const LIMIT_MS = 60_000;

/**
 * Runs one script (script-text.ts) in a Git repository of its own and throws a unified diff where it did otherwise than
 * written; with UPDATE=1 writes down instead what it did, and keeps patterns that still match.
 */
export async function runScript(path: string): Promise<void> {
  const text = readFileSync(path, 'utf8');
  const actual = await replay(text);
  if (actual === text) return;
  if (process.env.UPDATE) writeFileSync(path, actual);
  else throw new Error(`${path}\n${unifiedDiff(text, actual)}\nUPDATE=1 writes this down as expected.`);
}

/** The script's text with what really happened; the same text when everything was as expected. */
export async function replay(text: string): Promise<string> {
  const script = readScript(text);
  const stage = Stage.make(script.files);
  try {
    const lines: string[] = [];
    for (const part of script.parts) lines.push(...(part.kind === 'call' ? await stage.perform(part) : [part.line]));
    return [...lines, ...(script.filesText === '' ? [] : [script.filesText])].join('\n');
  } finally {
    // A run that a command has cancelled may still be removing its own files.
    rmSync(stage.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A folder with a repository, a home, and `lockstep` on the PATH. Exported variables and `cd` carry over between commands. */
class Stage {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-script-')));
  readonly #env: Readonly<Record<string, string>> = environment(this.folder);

  static make(files: ReadonlyMap<string, string>): Stage {
    const stage = new Stage();
    for (const name of ['home', 'tmp']) mkdirSync(join(stage.folder, name));
    shareCode(join(stage.folder, 'home/cache'));
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', join(stage.folder, 'repo')], { env: stage.#env });
    stage.#write('bin/lockstep', `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`, 0o755);
    stage.#write('carried', `cd '${stage.folder}/repo'\n`);
    for (const [name, content] of files)
      stage.#write(join('repo', name), content, name.endsWith('.sh') ? 0o755 : 0o644);
    return stage;
  }

  async perform(call: Call): Promise<readonly string[]> {
    const { text, exit } = await this.#run(call.command, call.input);
    const output = trimEnd(this.#placeless(text).split('\n'));
    return exit === call.exit && matches(call.expected, output) ? call.raw : rewrite(call, output, exit);
  }

  #run(command: string, input: string): Promise<{ text: string; exit: number }> {
    const carried = `${this.folder}/carried`;
    const keep = `trap '{ export -p; printf "cd %q\\n" "$PWD"; } > ${carried}' EXIT`;
    const child = spawn('bash', ['-c', `exec 2>&1\n. ${carried}\n${keep}\n${command}`], {
      env: this.#env,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => {}).end(input);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const limit = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), LIMIT_MS);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(limit);
        const exit = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
        resolve({ text: Buffer.concat(chunks).toString(), exit });
      });
    });
  }

  /** What is named differently on every machine and in every run. */
  #placeless(text: string): string {
    return text.replaceAll(`${this.folder}/repo`, '$REPO').replaceAll(this.folder, '$STAGE');
  }

  #write(name: string, content: string, mode = 0o644): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
  }
}

function environment(folder: string): Record<string, string> {
  return {
    PATH: `${folder}/bin:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: `${folder}/home`,
    XDG_CONFIG_HOME: `${folder}/home/config`,
    XDG_CACHE_HOME: `${folder}/home/cache`,
    XDG_STATE_HOME: `${folder}/home/state`,
    LOCKSTEP_STATE_DIR: `${folder}/state`,
    TMPDIR: `${folder}/tmp`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'dumb',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  };
}
