import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildEnd, runChild } from '../../../../src/process/child.ts';
import { SandboxBase, type SandboxSettings } from '../../../../src/run/executors/sandbox/base.ts';
import { openNetwork } from '../../../../src/run/executors/sandbox/network.ts';
import { findBubblewrap, sandboxExecutor } from '../../../../src/run/executors/sandbox/sandbox.ts';
import { createScratch } from '../../../../src/run/workspace/scratch.ts';
import { describeNeeding, sandboxObstacle, testNeeding } from '../../../rig/needing.ts';
import { processesWith } from '../../../rig/processes.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const PROBE = join(import.meta.dirname, '../../../rig/sandbox-probe.py');

const place = realpathSync(mkdtempSync('/var/tmp/lockstep-sandbox-'));
const home = join(place, 'home');
const root = join(home, 'repository');
mkdirSync(join(root, 'tools'), { recursive: true });
mkdirSync(join(home, '.config'));
writeFileSync(join(root, 'tools/a.sh'), 'echo from the repository\n');
writeFileSync(join(home, '.config/identity.txt'), 'the key');
copyFileSync(PROBE, join(root, 'probe.py'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Wish extends Partial<Omit<SandboxSettings, 'bubblewrap'>> {
  readonly network?: 'none' | 'open';
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly searchPath?: string;
  /** Called when the step has said `started`. */
  readonly onStarted?: (pid: number) => void;
}

async function runIn(script: string, wish: Wish = {}, cancel?: AbortController) {
  const { network = 'none', env = {}, shell: wanted = 'bash', searchPath = PATH, onStarted, ...more } = wish;
  const scratch = createScratch();
  const step = scratch.step('a');
  const settings = {
    bubblewrap: { file: findBubblewrap(PATH) ?? '', canDisableUserns: true },
    home,
    ports: [],
    binds: [],
  };
  const base = new SandboxBase({ hidden: [home], ...settings, ...more }, scratch);
  const executor = sandboxExecutor(base, { root, network, searchPath }, step, process.arch);
  const shell = executor.resolve(wanted, root);
  if ('missing' in shell) throw new Error(shell.missing.join());
  const path = step.write('script.sh', Buffer.from(script), 0o500);
  const output = step.write('output', new Uint8Array(), 0o600);
  const variables = { PATH: searchPath, HOME: home, LOCKSTEP_OUTPUT: output, TOKEN: 'the value', MARK: place, ...env };
  let said = '';
  let pid = 0;
  try {
    const end: ChildEnd = await runChild({
      ...executor.command({ file: shell.file, args: shell.args(path), cwd: root, env: variables }),
      // What is deaf to TERM is not waited for; what listens has all the time it needs.
      graceMs: /trap ["']{2}/.test(script) ? 300 : 30_000,
      ...(cancel && { signal: cancel.signal }),
      onStart: (_, group) => {
        pid = group;
      },
      onOutput: (_, chunk) => {
        const wasStarted = said.includes('started');
        said += Buffer.from(chunk).toString();
        if (wasStarted || !said.includes('started')) return;
        onStarted?.(pid);
        cancel?.abort();
      },
    });
    return { end, said, outputs: Buffer.from(step.read('output') ?? []).toString() };
  } finally {
    await executor.end();
    scratch.dispose();
  }
}

/** What the probe says, by name. */
async function probe(wish: Wish, ...args: readonly string[]): Promise<Record<string, string>> {
  const { said } = await runIn(`exec python3 probe.py ${args.map((one) => `'${one}'`).join(' ')}`, wish);
  return Object.fromEntries(
    said
      .trim()
      .split('\n')
      .map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  );
}

/** A pipe at which a step waits until it is let through. */
function makeGate(): { readonly wait: string; open(): void } {
  // In a folder of its own: where something is hidden beside it, a pipe is not shown.
  mkdirSync(join(root, 'gates'), { recursive: true });
  const gate = join(root, 'gates/go');
  if (!existsSync(gate)) execFileSync('mkfifo', [gate]);
  return { wait: 'read go < gates/go', open: () => void writeFile(gate, 'go\n') };
}

async function listening(address: string | { readonly port: number; readonly host: string }): Promise<Server> {
  const server = createServer((socket) => socket.end());
  if (typeof address === 'string') server.listen(address);
  else server.listen(address);
  await once(server, 'listening');
  return server;
}

describeNeeding(sandboxObstacle(), 'a sandbox', {}, () => {
  test('runs the step with its variables, and reads its outputs', async () => {
    const ran = await runIn('sh tools/a.sh; echo "$TOKEN"; echo a=1 >> "$LOCKSTEP_OUTPUT"; exit 4');
    expect(ran).toEqual({ end: { kind: 'exit', code: 4 }, said: 'from the repository\nthe value\n', outputs: 'a=1\n' });
  });

  test('allows writes only in its own /tmp and home, which are gone afterwards', async () => {
    const tries = ['"$PWD/tools/a.sh"', '/etc/x', '/usr/x', '/x', '/run/x', '/proc/x', '/dev/x', '"$PWD/.git-hook"'];
    const script = `${tries.map((one) => `(echo x > ${one}) 2> /dev/null || echo refused`).join('\n')}
      echo x > /tmp/mine; echo y > "$HOME/mine"; cat /tmp/mine "$HOME/mine"; ls -A "$HOME"`;
    const { said } = await runIn(script);
    expect(said).toBe(`${'refused\n'.repeat(tries.length)}x\ny\nmine\nrepository\n`);
    expect(existsSync('/tmp/mine')).toBe(false);
    expect(readFileSync(join(root, 'tools/a.sh'), 'utf8')).toContain('repository');
  });

  test('gives a step no way to leave the sandbox', async () => {
    const found = await probe({});
    expect(found).toMatchObject({
      ...{ capabilities: 'none', 'no-new-privileges': '1', seccomp: '2' },
      ...{ 'kernel-settings': '0', 'proc-writable': '0', 'proc-told': '[]', sys: 'False' },
      ...{ 'few-processes': 'True', 'first-environment': '0', 'first-words': 'False' },
      ...{ home: "['repository']", run: '[]', 'etc-secrets': '[]', interfaces: 'lo' },
      ...{ ptrace: 'EPERM', keyctl: 'EPERM', bpf: 'EPERM', mount: 'EPERM', setns: 'EPERM', unshare: 'EPERM' },
      ...{ clone3: 'ENOSYS', io_uring: 'ENOSYS', vsock: 'EAFNOSUPPORT' },
    });
  });

  test('keeps the variables of the step out of bubblewrap, which runs outside', async () => {
    const outside: string[] = [];
    const gate = makeGate();
    const { said } = await runIn(`echo started; ${gate.wait}; echo "$LD_PRELOAD"`, {
      env: { LD_PRELOAD: '/nowhere/x.so' },
      onStarted: (pid) => {
        outside.push(...['environ', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')));
        gate.open();
      },
    });
    expect(said).toContain('\n/nowhere/x.so\n');
    const [environment, words] = outside;
    expect(environment).toBe('');
    expect(words).toContain('bwrap');
    expect(words).not.toMatch(/the value|nowhere/);
  });

  test('looks for programs only where it shows them', async () => {
    writeFileSync(join(home, 'bash'), '#!/bin/sh\necho from the home\n', { mode: 0o755 });
    expect((await runIn('echo from the system', { searchPath: `${home}:${PATH}` })).said).toBe('from the system\n');
  });

  test('gets TERM and time to clean up', async () => {
    const gentle = 'exec 2> /dev/null; trap "echo told; exit 3" TERM; echo started; while true; do sleep 0.05; done';
    expect(await runIn(gentle, {}, new AbortController())).toMatchObject({
      end: { kind: 'cancelled' },
      said: 'started\ntold\n',
    });
  });

  test.each([
    ['deaf to TERM', 'trap "" TERM; echo started; while true; do sleep 0.05; done'],
    ['in another session', 'setsid sh -c "trap \'\' TERM; while true; do sleep 0.05; done" & echo started; wait'],
    ['forked twice', '(setsid sh -c "while true; do sleep 0.05; done" &) ; echo started; sleep 1000'],
    ['left behind by a step that ends', 'setsid sleep 1001 & echo no; exit 0'],
  ])('no process of it survives: %s', async (_what, script) => {
    await runIn(script, {}, new AbortController());
    expect(processesWith(`MARK=${place}`)).toEqual([]);
  });
});

describeNeeding(sandboxObstacle(), 'what is hidden in a sandbox', {}, () => {
  const read = (path: string) => `cat '${path}' 2> /dev/null || echo hidden`;

  test.each([
    ['in the repository', 'key.txt', 'key.txt'],
    ['deep in the repository', 'sub/deep/key.txt', 'sub/deep/key.txt'],
    ['a folder', 'state/id', 'state'],
    ['named through ..', 'key2.txt', 'sub/../key2.txt'],
  ])('stays hidden: %s', async (_, file, hidden) => {
    mkdirSync(join(root, 'sub/deep'), { recursive: true });
    mkdirSync(join(root, 'state'), { recursive: true });
    writeFileSync(join(root, file), 'the key\n');
    expect((await runIn(read(join(root, file)))).said).toBe('the key\n');
    const { said } = await runIn(`${read(join(root, file))}; sh tools/a.sh`, { hidden: [join(root, hidden)] });
    expect(said).toBe('hidden\nfrom the repository\n');
  });

  test('stays hidden where a link in the repository leads to it, and where a link names it', async () => {
    writeFileSync(join(place, 'linked'), 'the key\n');
    symlinkSync(join(place, 'linked'), join(root, 'way'));
    mkdirSync(join(root, 'keys'));
    writeFileSync(join(root, 'keys/id'), 'the key\n');
    symlinkSync(join(root, 'keys'), join(place, 'other-way'));
    const hidden = [join(root, 'way'), join(place, 'other-way/id')];
    expect((await runIn(`${read(join(root, 'way'))}; ${read(join(root, 'keys/id'))}`, { hidden })).said).toBe(
      'hidden\nhidden\n',
    );
  });

  test('stays hidden even if it is replaced, or made, while the step runs', async () => {
    const [old, late] = [join(root, 'old.txt'), join(root, 'late.txt')];
    writeFileSync(old, 'the key\n');
    const gate = makeGate();
    const { said } = await runIn(`echo started; ${gate.wait}; ${read(old)}; ${read(late)}`, {
      hidden: [old, late],
      onStarted: () => {
        writeFileSync(`${old}.new`, 'the key\n');
        renameSync(`${old}.new`, old);
        writeFileSync(late, 'the key\n');
        gate.open();
      },
    });
    expect(said).toBe('started\nhidden\nhidden\n');
  });

  test('with a second name (hard link) is refused, since a step could read it by that name', async () => {
    const key = join(place, 'named-twice');
    writeFileSync(key, 'the key\n');
    linkSync(key, join(root, 'second-name'));
    await expect(runIn('true', { hidden: [key] })).rejects.toThrow('has a second name');
    rmSync(join(root, 'second-name'));
  });
});

/** Node makes an absolute name of every other. */
const LISTENER = `
import socket, time
one = socket.socket(socket.AF_UNIX)
one.bind('named.sock')
one.listen(1)
print('listening', flush=True)
time.sleep(600)`;

describe('sockets and the network', () => {
  const socket = join(root, 'in.sock');
  const outside = join(place, 'out.sock');
  const abstract = `lockstep-test-${process.pid}`;
  let tcp: Server;
  const servers: Server[] = [];
  beforeAll(async () => {
    tcp = await listening({ port: 0, host: '127.0.0.1' });
    servers.push(tcp, await listening(socket), await listening(outside), await listening(`\0${abstract}`));
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  const targets = () => {
    const address = tcp.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return { port: port ?? 0, args: [`abstract=${abstract}`, `unix=${socket}`, `tcp=127.0.0.1:${port}`] };
  };

  testNeeding(sandboxObstacle(), 'without a network a step reaches no service of the machine', async () => {
    const found = await probe({}, ...targets().args);
    expect(found).toMatchObject({ abstract: 'ECONNREFUSED', unix: 'ECONNREFUSED', tcp: 'ECONNREFUSED' });
    expect(await probe({}, `unix=${outside}`)).toMatchObject({ unix: 'ENOENT' });
  });

  testNeeding(
    sandboxObstacle(),
    'a socket is covered though it was named through a link, or from a folder',
    async () => {
      symlinkSync(root, join(place, 'link'));
      const named = join(root, 'tools', 'named.sock');
      const begun = spawn('python3', ['-c', LISTENER], {
        cwd: join(root, 'tools'),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        servers.push(await listening(join(place, 'link', 'by-link.sock')));
        await once(begun.stdout, 'data');
        expect(await probe({}, `unix=${join(root, 'by-link.sock')}`)).toMatchObject({ unix: 'ECONNREFUSED' });
        expect(await probe({}, `unix=${named}`)).toMatchObject({ unix: 'ECONNREFUSED' });
      } finally {
        begun.kill();
      }
    },
  );

  testNeeding(sandboxObstacle(), 'a socket that is bound by name works', async () => {
    expect(await probe({ binds: [outside] }, `unix=${outside}`)).toMatchObject({ unix: 'open' });
  });

  const obstacle = sandboxObstacle() || (openNetwork() === 'pasta' ? '' : `an open network is ${openNetwork()} here`);
  testNeeding(obstacle, "an open network reaches neither the host's loopback nor its abstract sockets", async () => {
    const { port, args } = targets();
    const found = await probe({ network: 'open' }, ...args);
    expect(found).toMatchObject({ abstract: 'ECONNREFUSED', unix: 'ECONNREFUSED', tcp: 'ECONNREFUSED' });
    expect(found.interfaces?.split(' ').length).toBeGreaterThan(1);
    expect(await probe({ network: 'open', ports: [port] }, `tcp=127.0.0.1:${port}`)).toMatchObject({ tcp: 'open' });
  });
});

describeNeeding(sandboxObstacle(), 'a runner that is killed', {}, () => {
  test('while bubblewrap sets up leaves no step behind', { timeout: 60_000 }, async () => {
    const mark = `EARLY=${place}`;
    const runner = join(import.meta.dirname, '../../../rig/sandbox-runner.ts');
    for (const delayMs of [0, 3, 6, 9, 12, 15, 18, 21, 24, 30, 40, 60]) {
      const child = spawn(process.execPath, [runner, root, mark, String(delayMs)], { stdio: 'ignore' });
      await once(child, 'exit');
    }
    await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([]);
  });
});
