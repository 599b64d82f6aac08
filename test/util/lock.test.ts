import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LockstepError } from '../../src/errors.ts';
import { removeDeadLock, withLock } from '../../src/util/lock.ts';
import {
  isProcessStamp,
  mayBeAlive,
  readStamp,
  signalProcess,
  stampOfThisProcess,
} from '../../src/util/process-stamp.ts';

let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  path = join(folder, 'locks', 'vault.lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function failure(work: Promise<unknown>): Promise<LockstepError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LockstepError) return error;
  throw new Error('a LockstepError was expected');
}

/** Runs module code beside src/; tells when it printed something and when it ended. */
function run(code: string, ...args: readonly string[]) {
  const cwd = join(import.meta.dirname, '../..');
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd,
  });
  children.push(child);
  return { child, heard: once(child.stdout, 'data'), ended: once(child, 'exit') };
}

const HOLDER = `
import { withLock } from './src/util/lock.ts';
await withLock(process.argv[1], {}, () => new Promise((done) => { console.log('held'); setInterval(() => {}, 1000); }));
`;

/** A lock file whose holder was really killed. */
async function deadLock(at = path): Promise<void> {
  const { child, heard, ended } = run(HOLDER, at);
  await heard;
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(at)).toBe(true);
}

describe('the lock', () => {
  test('is held by one task at a time, and is gone afterwards', async () => {
    let [inside, most] = [0, 0];
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withLock(path, { waitSeconds: 60 }, work)));
    expect(most).toBe(1);
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('returns the result of the work, and is released when the work fails', async () => {
    expect(await withLock(path, {}, async () => 7)).toBe(7);
    await expect(withLock(path, {}, async () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(existsSync(path)).toBe(false);
  });

  test('is not taken from a living process; the message names it', async () => {
    const { child, heard } = run(HOLDER, path);
    await heard;
    const error = await failure(withLock(path, { waitSeconds: 0.1 }, async () => undefined));
    expect(error.code).toBe('lock/held');
    expect(error.message).toContain(`process ${child.pid} `);
    expect(error.message).toContain(path);
  });

  test('is waited for until the caller gives up', async () => {
    const { heard } = run(HOLDER, path);
    await heard;
    const controller = new AbortController();
    const waiting = withLock(path, { waitSeconds: 600, signal: controller.signal }, async () => undefined);
    controller.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    await expect(
      withLock(path, { signal: AbortSignal.abort(new Error('before')) }, async () => undefined),
    ).rejects.toThrow('before');
  });

  test('a waiting caller can be aborted', async () => {
    const { heard } = run(HOLDER, path);
    await heard;
    const options = { waitSeconds: 600, signal: AbortSignal.timeout(200) };
    await expect(withLock(path, options, async () => undefined)).rejects.toThrow('timeout');
  });

  test('that another process has taken by the end of the work is left to that process', async () => {
    const other = JSON.stringify({ ...stampOfThisProcess(), nonce: 'c'.repeat(24) });
    await withLock(path, {}, async () => writeFileSync(path, other));
    expect(readFileSync(path, 'utf8')).toBe(other);
  });

  test('is waited for while a living process holds it, and taken when it is released', async () => {
    const order: string[] = [];
    let second: Promise<unknown> = Promise.resolve();
    await withLock(path, {}, async () => {
      second = withLock(path, { waitSeconds: 60 }, async () => order.push('second'));
      await new Promise(setImmediate);
      order.push('first');
    });
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});

describe('a lock whose holder was killed', () => {
  test('is taken over', async () => {
    await deadLock();
    expect(await withLock(path, { waitSeconds: 0 }, async () => 'taken')).toBe('taken');
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('is taken over once, by only one of many processes that find it', { timeout: 60_000 }, async () => {
    const log = join(folder, 'log');
    const taker = `
      import { appendFileSync } from 'node:fs';
      import { withLock } from './src/util/lock.ts';
      await withLock(process.argv[1], { waitSeconds: 60 }, async () => {
        appendFileSync(process.argv[2], 'in ');
        await new Promise((done) => setTimeout(done, 5));
        appendFileSync(process.argv[2], 'out ');
      });
    `;
    for (let round = 0; round < 3; round += 1) {
      await deadLock();
      const takers = Array.from({ length: 8 }, () => run(taker, path, log));
      const codes = await Promise.all(takers.map(async ({ ended }) => (await ended)[0]));
      expect(codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    }
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(24));
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('is not taken from the process that took it over meanwhile', async () => {
    await deadLock();
    const dead = JSON.parse(readFileSync(path, 'utf8'));
    const late = { ...stampOfThisProcess(), nonce: 'b'.repeat(24) };
    await withLock(path, { waitSeconds: 0 }, async () => {
      const taken = readFileSync(path, 'utf8');
      expect(await removeDeadLock(path, dead, late)).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe(taken);
    });
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('is taken over even if claimers died at it too', async () => {
    await deadLock();
    const { nonce } = JSON.parse(readFileSync(path, 'utf8'));
    for (const generation of [0, 1, 2]) {
      await deadLock(join(folder, 'other.lock'));
      mkdirSync(join(folder, 'locks'), { recursive: true });
      writeFileSync(`${path}.claim-${nonce}-${generation}`, readFileSync(join(folder, 'other.lock')));
      rmSync(join(folder, 'other.lock'));
    }
    expect(await withLock(path, { waitSeconds: 0 }, async () => readdirSync(join(folder, 'locks')))).toEqual([
      'vault.lock',
    ]);
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('is removed by one of many tasks that find it, and no claim is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      mkdirSync(join(folder, 'locks'), { recursive: true });
      const dead = { ...stampOfThisProcess(), pid: 2 ** 30, nonce: 'd'.repeat(24) };
      writeFileSync(path, JSON.stringify(dead));
      const finders = Array.from({ length: 24 }, (_, at) => ({
        ...stampOfThisProcess(),
        nonce: `${10 + at}`.repeat(12),
      }));
      const gone = await Promise.all(finders.map((self) => removeDeadLock(path, dead, self)));
      expect(gone).toContain(true);
      expect(readdirSync(join(folder, 'locks'))).toEqual([]);
    }
  });

  test('is left to a living claimer', async () => {
    await deadLock();
    const { nonce } = JSON.parse(readFileSync(path, 'utf8'));
    const claimer = { ...stampOfThisProcess(), nonce: 'a'.repeat(24) };
    writeFileSync(`${path}.claim-${nonce}-0`, JSON.stringify(claimer));
    expect((await failure(withLock(path, { waitSeconds: 0 }, async () => undefined))).code).toBe('lock/held');
    rmSync(`${path}.claim-${nonce}-0`);
    expect(await withLock(path, { waitSeconds: 0 }, async () => 'taken')).toBe('taken');
  });

  test('of a parent that has not collected it yet (a zombie) counts as dead', async () => {
    const parent = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['--input-type=module', '-e', process.argv[2], process.argv[1]], { stdio: ['ignore', 'inherit', 'inherit'] });
      process.on('SIGUSR2', () => { child.kill('SIGKILL'); const end = Date.now() + 60_000; while (Date.now() < end); });
      setInterval(() => {}, 1000);
    `;
    const { child, heard } = run(parent, path, HOLDER);
    await heard;
    const { pid } = JSON.parse(readFileSync(path, 'utf8'));
    child.kill('SIGUSR2');
    const stat = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1');
    while (!/\) Z /.test(stat())) await new Promise(setImmediate);
    expect(await withLock(path, { waitSeconds: 0 }, async () => 'taken')).toBe('taken');
  });
});

describe('a file that is not our lock', () => {
  test.each<[string, (at: string) => void]>([
    ['a link to nowhere', (at) => symlinkSync(join(folder, 'nowhere'), at)],
    ['a pipe', (at) => execFileSync('mkfifo', [at])],
  ])('(%s) is not waited for', async (_, put) => {
    mkdirSync(join(folder, 'locks'));
    put(path);
    const error = await failure(withLock(path, { waitSeconds: 600 }, async () => undefined));
    expect(error.code).toBe('state/unusable');
    expect(error.message).toContain(path);
  });

  test('in the place of a claim is named, and the lock is released', async () => {
    mkdirSync(`${path}.claim-${'a'.repeat(24)}-0`, { recursive: true });
    const error = await failure(withLock(path, {}, async () => undefined));
    expect(error.message).toMatch(/claim-a{24}-0 cannot be removed \(ERR_FS_EISDIR\)$/);
    expect(existsSync(path)).toBe(false);
  });

  test('a name that is too long for the disk is reported, with what to do', async () => {
    const error = await failure(withLock(join(folder, 'x'.repeat(300)), {}, async () => undefined));
    expect([error.code, error.hints.join()]).toEqual(['state/unusable', expect.stringContaining('LOCKSTEP_STATE_DIR')]);
    expect(error.message).toContain('ENAMETOOLONG');
  });

  test.each(['', '{', '{}', '{"pid":1}', 'hello'])('(%j) is not removed, and named', async (text) => {
    mkdirSync(join(folder, 'locks'));
    writeFileSync(path, text);
    const error = await failure(withLock(path, { waitSeconds: 0 }, async () => undefined));
    expect(error.code).toBe('state/unusable');
    expect(error.hints.join()).toContain(`rm '${path}'`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a folder, or a file in the place of the folder, is named', async () => {
    mkdirSync(path, { recursive: true });
    expect((await failure(withLock(path, { waitSeconds: 0 }, async () => undefined))).code).toBe('state/unusable');
    appendFileSync(join(folder, 'file'), '');
    expect((await failure(withLock(join(folder, 'file', 'x.lock'), {}, async () => undefined))).code).toBe(
      'state/unusable',
    );
  });
});

describe('whether a process may be alive', () => {
  const self = stampOfThisProcess();

  test('depends on more than its pid', () => {
    expect(mayBeAlive(self)).toBe(true);
    expect(mayBeAlive({ ...self, started: `${Number(self.started) - 1}` })).toBe(false);
    expect(mayBeAlive({ ...self, boot: 'the boot before' })).toBe(false);
    expect(mayBeAlive({ ...self, pid: 2 ** 30 })).toBe(false);
  });

  test('is unknown for another host or pid namespace, and then assumed', () => {
    expect(mayBeAlive({ ...self, pid: 2 ** 30, host: 'elsewhere' })).toBe(true);
    expect(mayBeAlive({ ...self, pid: 2 ** 30, namespace: 'pid:[1]' })).toBe(true);
    expect(mayBeAlive({ ...self, pid: 2 ** 30, host: 'elsewhere', boot: 'another' })).toBe(true);
  });

  test('depends on the pid alone without /proc', () => {
    const bare = { ...self, started: '', namespace: '', boot: '' };
    expect(mayBeAlive(bare, bare)).toBe(true);
    expect(mayBeAlive({ ...bare, pid: 2 ** 30 }, bare)).toBe(false);
  });

  test('is checked before the process is signalled', async () => {
    const { heard, ended } = run(HOLDER, path);
    await heard;
    const stamp = JSON.parse(readFileSync(path, 'utf8'));
    expect(signalProcess({ ...stamp, host: 'elsewhere' }, 'SIGKILL')).toBe(false);
    expect(signalProcess({ ...stamp, started: '1' }, 'SIGKILL')).toBe(false);
    expect(signalProcess(stamp, 'SIGTERM')).toBe(true);
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(signalProcess(stamp, 'SIGKILL')).toBe(false);
  });

  test('a stamp has all its fields', () => {
    expect(isProcessStamp(self)).toBe(true);
    for (const other of [
      null,
      'x',
      {},
      { ...self, pid: 0 },
      { ...self, pid: -1 },
      { ...self, pid: 1.5 },
      { ...self, host: 1 },
    ]) {
      expect(isProcessStamp(other)).toBe(false);
    }
  });

  test('a file that holds no stamp names no process', () => {
    const file = join(folder, 'stamp');
    expect(readStamp(file)).toBeUndefined();
    for (const text of ['', '{}', 'null']) {
      writeFileSync(file, text);
      expect(readStamp(file)).toBeUndefined();
    }
    writeFileSync(file, JSON.stringify(self));
    expect(readStamp(file)).toEqual(self);
  });
});
