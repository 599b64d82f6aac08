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
  readonly #server: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  private constructor(modules: string) {
    const file = join(modules, `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
    const args = ['--no-logo', '--listen-mode', 'unix', '--base-dir', this.#folder, '--node-name', 'node'];
    const env = { PATH: process.env.PATH, HOME: this.#folder, DO_NOT_TRACK: '1', RESTATE_DISABLE_TELEMETRY: 'true' };
    this.#server = spawn(file, [...args, '--default-num-partitions', '1'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#server.stdout, this.#server.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-10_000)));
    this.#ended = new Promise((resolve) => this.#server.once('close', resolve));
  }

  /** @param modules the node_modules that it is installed in */
  static async start(modules: string): Promise<RestateServer> {
    const server = new RestateServer(modules);
    while (!(await server.#isReady())) {
      if (server.#server.exitCode !== null) throw new Error(`restate-server ended: ${server.#said}`);
      await pause(50);
    }
    return server;
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
    this.#server.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
