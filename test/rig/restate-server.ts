import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A Restate server of its own, at sockets in a temporary folder. */
export class RestateServer implements AsyncDisposable {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'restate-')));
  readonly #modules: string;
  #server: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #said = '';

  private constructor(modules: string) {
    this.#modules = modules;
  }

  /** @param modules the node_modules that it is installed in */
  static async start(modules: string): Promise<RestateServer> {
    const server = new RestateServer(modules);
    await server.#up();
    return server;
  }

  /** Kills it, and starts it again with what it has on its disk. */
  async restart(): Promise<void> {
    await this.#kill();
    await this.#up();
  }

  async #up(): Promise<void> {
    const system = `@restatedev/restate-server-${process.platform}-${process.arch}`;
    const args = ['--no-logo', '--listen-mode', 'unix', '--base-dir', this.#folder, '--node-name', 'node'];
    const env = { PATH: process.env.PATH, HOME: this.#folder, DO_NOT_TRACK: '1', RESTATE_DISABLE_TELEMETRY: 'true' };
    const server = spawn(
      join(this.#modules, system, 'bin/restate-server'),
      [...args, '--default-num-partitions', '1'],
      {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-10_000)));
    this.#server = server;
    this.#ended = new Promise((resolve) => server.once('close', resolve));
    while (!(await this.#isReady())) {
      if (server.exitCode !== null) throw new Error(`restate-server ended: ${this.#said}`);
      await pause(50);
    }
  }

  async #kill(): Promise<void> {
    this.#server?.kill('SIGKILL');
    await this.#ended;
  }

  async #isReady(): Promise<boolean> {
    try {
      const answers = [await this.admin('GET', '/health'), await this.ingress('GET', '/restate/health')];
      return answers.every(({ status }) => status === 200);
    } catch {
      return false;
    }
  }

  admin(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#call('admin', method, path, body);
  }

  ingress(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#call('ingress', method, path, body);
  }

  #call(socket: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const socketPath = join(this.#folder, 'node', `${socket}.sock`);
      const headers = { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) };
      const call = request({ socketPath, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The files of its database. */
  get files(): readonly string[] {
    const files = readdirSync(this.#folder, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
