import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { shareCode } from './shared-code.ts';

const ROOT = join(import.meta.dirname, '../..');
export const LOCKSTEP = join(ROOT, 'bin/lockstep.js');

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A throw-away repository with a home of its own: nothing of the machine's user is read or written. */
export class Repository implements Disposable {
  readonly place = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  readonly root = join(this.place, 'repository');
  readonly env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: join(this.place, 'home'),
    LOCKSTEP_STATE_DIR: join(this.place, 'state'),
    LANG: 'C.UTF-8',
  };

  /** @param ownCode compiled code too is kept in here, where a test looks for leaks */
  constructor(files: Readonly<Record<string, string>> = {}, ownCode = false) {
    for (const folder of [this.root, this.env.HOME ?? '']) mkdirSync(folder);
    if (!ownCode) shareCode(join(this.place, 'home/.cache'));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** With the shipped examples as its definitions. */
  static ofExamples(): Repository {
    const repository = new Repository({ 'CHANGELOG.md': '# Changelog\n\n## 0.1.0\n\n- first\n' });
    for (const folder of ['tools', 'agents'])
      cpSync(join(ROOT, 'examples', folder), join(repository.root, folder), { recursive: true });
    return repository;
  }

  write(path: string, text: string): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Runs the built program here to its end. */
  lockstep(args: readonly string[], input: string | Buffer = ''): Promise<Finished> {
    return this.node([LOCKSTEP, ...args], input);
  }

  node(args: readonly string[], input: string | Buffer = ''): Promise<Finished> {
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        args,
        { cwd: this.root, env: this.env, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
        },
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }

  /** As `lockstep`, where anything but success is a broken test. */
  async must(args: readonly string[], input: string | Buffer = ''): Promise<string> {
    const { code, stdout, stderr } = await this.lockstep(args, input);
    if (code !== 0) throw new Error(`lockstep ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.place, { recursive: true, force: true });
  }
}
