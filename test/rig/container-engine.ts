import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerRuntime as Engine } from '../../src/run/executors/containers/container-runtime.ts';

/** What the image holds beside busybox, by the names that busybox answers to. */
const APPLETS =
  'sh cat env ls id sleep kill wc mkdir grep sed head touch true false printf ps tr od base64 sort test rm httpd wget';

/** podman as root in a small machine: no systemd, plain folders for layers, few open files. */
const CONTAINERS_CONF = `[containers]
default_ulimits=["nofile=1024:1024","nproc=4096:4096"]
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
`;

/** Why there are no containers here; empty when there are. */
export function containerObstacle(): string {
  if (process.getuid?.() !== 0) return 'only root may start containers here';
  if (spawnSync('podman', ['--version']).error) return 'podman is not installed';
  if (!existsSync('/bin/busybox')) return 'busybox-static is not installed';
  return spawnSync('runc', ['--version']).error ? 'runc is not installed' : '';
}

/** A real podman with a storage of its own and one image, made of busybox without any registry. */
export class ContainerEngine implements Disposable {
  readonly image = 'localhost/lockstep-test:1';
  readonly folder = mkdtempSync(join(tmpdir(), 'lockstep-podman-'));
  readonly env: Readonly<Record<string, string>>;
  readonly podman: Engine;
  #service: ReturnType<typeof spawn> | undefined;
  #mending: Server | undefined;

  constructor() {
    const storage = `[storage]\ndriver="vfs"\ngraphroot="${this.folder}/graph"\nrunroot="${this.folder}/run"\n`;
    writeFileSync(join(this.folder, 'containers.conf'), CONTAINERS_CONF);
    writeFileSync(join(this.folder, 'storage.conf'), storage);
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: this.folder,
      CONTAINERS_CONF: join(this.folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(this.folder, 'storage.conf'),
    };
    this.podman = {
      kind: 'podman',
      file: execFileSync('which', ['podman'], { encoding: 'utf8' }).trim(),
      env: this.env,
    };
    this.#importImage();
  }

  /** An image of the same, with these files, and a command that it runs by itself. */
  imageWith(name: string, files: Readonly<Record<string, string>>, command: readonly string[] = []): string {
    const image = `localhost/lockstep-test-${name}:1`;
    for (const [path, text] of Object.entries(files))
      writeFileSync(join(this.folder, 'rootfs', path), text, { mode: 0o755 });
    this.#import(image, ...(command.length > 0 ? ['--change', `CMD ${JSON.stringify(command)}`] : []));
    for (const path of Object.keys(files)) rmSync(join(this.folder, 'rootfs', path));
    return image;
  }

  #importImage(): void {
    const root = join(this.folder, 'rootfs');
    for (const folder of ['bin', 'tmp', 'etc', 'run', 'proc', 'sys', 'dev', 'work'])
      mkdirSync(join(root, folder), { recursive: true });
    cpSync('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of APPLETS.split(' ')) symlinkSync('busybox', join(root, 'bin', applet));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n');
    this.#import(this.image);
  }

  #import(image: string, ...options: readonly string[]): void {
    const archive = execFileSync('tar', ['-C', join(this.folder, 'rootfs'), '-c', '.'], {
      maxBuffer: 64 * 1024 * 1024,
    });
    execFileSync('podman', ['import', ...options, '-', image], {
      env: this.env,
      input: archive,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  /** The files of the engine that hold the text, but for the image's own. */
  grep(text: string): string {
    return spawnSync('grep', ['-rlaF', text, this.folder], { encoding: 'utf8' }).stdout;
  }

  /** What podman prints. */
  run(...args: readonly string[]): string {
    return execFileSync('podman', args, { env: this.env, encoding: 'utf8' });
  }

  /** As `run`, and empty where podman fails. */
  attempt(...args: readonly string[]): string {
    return spawnSync('podman', args, { env: this.env, encoding: 'utf8' }).stdout;
  }

  /** The real docker command line, spoken to by podman's service; null where it is not installed. */
  async docker(): Promise<Engine | null> {
    const file = spawnSync('which', ['docker'], { encoding: 'utf8' }).stdout.trim();
    if (file === '') return null;
    const socket = join(this.folder, 'docker.sock');
    this.#service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
      env: this.env,
      stdio: 'ignore',
    });
    while (spawnSync('docker', ['version'], { env: { ...this.env, DOCKER_HOST: `unix://${socket}` } }).status !== 0)
      if (this.#service.exitCode !== null) throw new Error('the service of podman ended');
    const mended = join(this.folder, 'mended.sock');
    this.#mending = await mendCommits(socket, mended);
    return { kind: 'docker', file, env: { ...this.env, DOCKER_HOST: `unix://${mended}` } };
  }

  [Symbol.dispose](): void {
    this.#mending?.close();
    this.#service?.kill('SIGKILL');
    spawnSync('podman', ['rm', '--all', '--force', '--time', '0'], { env: this.env });
    spawnSync('umount', ['--recursive', '--lazy', join(this.folder, 'graph')]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** podman's service (4.3) wants a body of a commit, where docker's command line sends none. Nothing else is touched. */
function mendCommits(from: string, to: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const service = connect({ path: from, allowHalfOpen: true });
    client.on('data', (chunk) => service.write(mended(chunk)));
    client.on('end', () => service.end());
    service.pipe(client);
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const)
      one.on('error', () => other.destroy());
  });
  return new Promise((resolve) => server.listen(to, () => resolve(server)));
}

function mended(chunk: Buffer): Buffer {
  const text = chunk.toString('latin1');
  if (!/^POST \S*\/commit\?/.test(text)) return chunk;
  return Buffer.from(`${text.replace(/Content-Length: 0\r\n/i, 'Content-Length: 4\r\n')}null`, 'latin1');
}
