import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { certificate } from '../rig/certificate.ts';
import { ContainerEngine, containerObstacle } from '../rig/container-engine.ts';
import { testNeeding } from '../rig/needing.ts';
import { Repository } from '../rig/repository.ts';

const ROOT = join(import.meta.dirname, '../..');
const { version, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const BASE = 'localhost/lockstep-base:1';
const call = promisify(execFile);

/** A program of a container that asks the server beside it. */
const ASK = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const answer = await fetch('https://127.0.0.1:7373/readyz');
console.log(answer.status, await answer.text());`;

testNeeding(
  containerObstacle(),
  'the image of the Containerfile serves a mounted repository, and drains',
  async () => {
    using engine = new ContainerEngine();
    using repository = new Repository({ 'tools/hello.yaml': 'kind: tool\nname: hello\nsteps: [{id: a, run: echo}]\n' });
    await importDebian(engine);
    const context = join(engine.folder, 'context');
    await installPackage(context);
    const file = join(ROOT, 'examples/deploy/Containerfile');
    await call(
      'podman',
      ['build', '--layers=false', '--network=none', '--build-arg', `BASE=${BASE}`, '-t', 'served', '-f', file, context],
      { env: engine.env },
    );
    const tls = join(engine.folder, 'tls');
    mkdirSync(tls);
    certificate(join(tls, 'cert.pem'), join(tls, 'key.pem'));
    chmodSync(join(tls, 'key.pem'), 0o644);
    const mounts = ['-v', `${repository.root}:/repository`, '-v', `${tls}:/run/tls`];
    // A namespace of its own: port 7373 of this machine may be taken.
    const id = engine.run('run', '--detach', '--network=none', ...mounts, 'served').trim();
    const ask = () => engine.attempt('exec', id, 'node', '--input-type=module', '-e', ASK);
    await expect.poll(ask, { timeout: 60_000 }).toBe('200 {"ready":true}\n');
    await call('podman', ['stop', '--time', '60', id], { env: engine.env });
    expect(engine.run('inspect', '--format', '{{.State.ExitCode}}', id).trim()).toBe('0');
  },
  400_000,
);

/** A Debian of this machine's release, from where this machine gets its packages. */
async function importDebian({ folder, env }: ContainerEngine): Promise<void> {
  const base = join(folder, 'debian');
  const sources = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirror =
    sources
      .toString()
      .split('\n')
      .find((uri) => !uri.includes('security')) ?? '';
  const release = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  await call('debootstrap', ['--variant=minbase', '--include=git,ca-certificates', release, base, mirror], {
    maxBuffer: 64 * 1024 * 1024,
  });
  await call('bash', ['-ec', 'tar -C "$1" -c . | podman import - "$2"', 'import', base, BASE], { env });
}

/** What the head of the Containerfile tells to do. */
async function installPackage(context: string): Promise<void> {
  mkdirSync(context);
  writeFileSync(join(context, 'package.json'), '{"private": true, "allowScripts": {"node": true}}');
  await call('npm', ['pack', '--pack-destination', context], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  await call('npm', ['install', `./lockstep-${version}.tgz`, `node@${devDependencies.node}`], { cwd: context });
}
