import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SETTINGS = [
  '--port',
  '0',
  '--unixsocket',
  'socket',
  '--save',
  '',
  '--appendonly',
  'no',
  '--rdbcompression',
  'no',
];

/** A Redis of its own, at a socket in a temporary folder. */
export class Redis implements AsyncDisposable {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'redis-')));
  readonly #server: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor() {
    this.#server = spawn('redis-server', SETTINGS, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => this.#server.once('close', resolve));
  }

  static async start(): Promise<Redis> {
    const redis = new Redis();
    let said = '';
    const ready = new Promise<true>((resolve) => {
      redis.#server.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('eady to accept connections')) resolve(true);
      });
    });
    if (await Promise.race([ready, redis.#ended.then(() => false)])) return redis;
    await redis[Symbol.asyncDispose]();
    throw new Error(`redis-server ended: ${said}`);
  }

  get socket(): string {
    return join(this.#folder, 'socket');
  }

  /** All that it holds, as it writes it to a disk. */
  saved(): Buffer {
    execFileSync('redis-cli', ['-s', this.socket, 'SAVE']);
    return readFileSync(join(this.#folder, 'dump.rdb'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
