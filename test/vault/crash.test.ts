import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Identity } from '../../src/vault/identity.ts';
import { initVault } from '../../src/vault/init.ts';
import { addMember } from '../../src/vault/member-adding.ts';
import type { VaultPlace } from '../../src/vault/vault-folder.ts';
import { setSecret } from '../../src/vault/writer.ts';
import { traceWriter, tracingObstacle } from '../rig/traced-writer.ts';
import type { Change as AnyChange } from '../rig/vault-writer.ts';
import { opened, reveal, temporaryFolder, temporaryPlace } from './rig.ts';

/*
 * A writer is killed, or its file system fails, at each of its system calls in turn. `npm run test:long` takes every call
 * of every change; otherwise some calls of some changes are taken.
 */

type Change = Exclude<AnyChange, 'init'>;

const LONG = process.env.LONG !== undefined;
const SYSCALLS = ['openat', 'write', 'fsync', 'rename', 'link', 'unlink', 'mkdir', 'close', 'getdents64'] as const;
const FAILING = ['openat', 'write', 'fsync', 'rename', 'link', 'unlink'] as const;
const CHANGES: readonly Change[] = ['set', 'create', 'rotate', 'remove', 'grant', 'member add', 'member remove'];
/** What else there is goes the same ways; `npm run test:long` tries it. */
const SAMPLE: readonly Change[] = ['set', 'remove', 'member remove'];
const AT_ONCE = 4;

const group = 'default';
const alice = Identity.generate();
const key = /AGE-SECRET.*/.exec(alice.fileText(new Date()))?.[0] ?? '';
const obstacle = tracingObstacle();
if (obstacle !== '') console.warn(`skipped: ${obstacle}`);

/** A vault with two secrets, as every trial finds it. */
let template: VaultPlace;
beforeAll(async () => {
  template = temporaryPlace();
  await initVault(template, alice, { member: 'alice', group });
  const gone = {
    name: 'gone',
    card: { recipient: Identity.generate().recipient },
    read: [group],
    write: [],
    admin: false,
  };
  await addMember(template, alice, gone);
  for (const name of ['TOKEN', 'OTHER'])
    await setSecret(template, alice, { group, name, value: Buffer.from(`old ${name}`), allowWhenCreated: [] });
});

function copyOfTemplate(): VaultPlace {
  const folder = temporaryFolder();
  cpSync(join(template.root, '..'), folder, { recursive: true });
  const { clock: _, ...place } = { ...template, root: join(folder, 'repository'), stateDir: join(folder, 'state') };
  return place;
}

/** What a change makes of the vault, in one line. */
async function stateOf(place: VaultPlace): Promise<string> {
  const vault = await opened(place);
  const { entries } = await vault.entries(group);
  const said = entries.map(({ name, version, allow, exposed = [] }) => `${name} ${version} [${allow}] (${exposed})`);
  return [...said, [...vault.members.keys()].join()].join('; ');
}

const STATES: Readonly<Record<Change, readonly [before: string, ...after: string[]]>> = (() => {
  const other = 'OTHER 1 [] ()';
  const before = `${other}; TOKEN 1 [] (); alice,gone`;
  const replaced = `${other}; TOKEN 2 [] (); alice,gone`;
  const seen = (one: string, two: string) => `OTHER 1 [] (${one}); TOKEN 1 [] (${two})`;
  return {
    set: [before, replaced],
    create: [before, `CREATED 1 [] (); ${before}`],
    rotate: [before, replaced],
    remove: [before, `${other}; alice,gone`],
    grant: [before, `${other}; TOKEN 1 [tool:deploy] (); alice,gone`],
    'member add': [before, `${other}; TOKEN 1 [] (); alice,bob,gone`],
    'member remove': [
      before,
      `${seen('gone', '')}; alice,gone`,
      `${seen('gone', 'gone')}; alice,gone`,
      `${seen('gone', 'gone')}; alice`,
    ],
  };
})();

/** After a failure: sound, in one of the states that the change goes through, the last one if it was acknowledged; and writable at once. */
async function expectSound(place: VaultPlace, change: Change, done: boolean, where: string): Promise<void> {
  expect(await (await opened(place)).verify(), where).toEqual([]);
  const state = await stateOf(place);
  if (done) expect(state, where).toBe(STATES[change].at(-1));
  else expect(STATES[change], where).toContain(state);
  const next = { group, name: 'NEXT', value: Buffer.from('next'), allowWhenCreated: [] };
  await setSecret(place, alice, next, { waitSeconds: 1 });
  expect(await (await opened(place)).verify(), where).toEqual([]);
  expect(await reveal(place, alice, group, 'NEXT'), where).toBe('next');
  expect(await reveal(place, alice, group, 'OTHER'), where).toBe('old OTHER');
  const version = /TOKEN (\d)/.exec(state)?.[1];
  if (version !== undefined)
    expect(await reveal(place, alice, group, 'TOKEN'), where).toBe(version === '1' ? 'old TOKEN' : 'the new value');
  const leftovers = readdirSync(join(place.root, 'vault', group)).filter((name) => !name.endsWith('.yaml'));
  expect(leftovers, where).toEqual([]);
}

interface Point {
  readonly change: Change;
  readonly syscall: string;
  readonly at: number;
}

/** How often each call is made, by the thread that makes it most often: strace counts by thread. */
async function pointsOf(change: Change, syscalls: readonly string[]): Promise<readonly Point[]> {
  const traced = await traceWriter({ place: copyOfTemplate(), key, change }, ['-e', `trace=${syscalls.join()}`]);
  expect(traced.done).toBe(true);
  return syscalls.flatMap((syscall) => {
    const counts = traced.threads.map((text) => text.match(new RegExp(`^${syscall}\\(`, 'gm'))?.length ?? 0);
    return Array.from({ length: Math.max(...counts) }, (_, at) => ({ change, syscall, at: at + 1 }));
  });
}

/** So many of them, spread evenly, unless all are wanted. */
function sampled(points: readonly Point[], wanted: number): readonly Point[] {
  return LONG ? points : points.filter((_, at) => at % Math.ceil(points.length / wanted) === 0);
}

async function each(points: readonly Point[], trial: (point: Point) => Promise<void>): Promise<void> {
  const left = [...points];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let point = left.pop(); point !== undefined; point = left.pop()) await trial(point);
  });
  await Promise.all(lanes);
}

describe.skipIf(obstacle !== '')('a writer', { timeout: 900_000 }, () => {
  test.each(LONG ? CHANGES : SAMPLE)('killed at each of its system calls leaves a sound vault (%s)', async (change) => {
    const points = await pointsOf(change, SYSCALLS);
    expect(points.length).toBeGreaterThan(40);
    let killed = 0;
    await each(sampled(points, 8), async ({ syscall, at }) => {
      const place = copyOfTemplate();
      const inject = `inject=${syscall}:signal=SIGKILL:when=${at}`;
      const { done, refused } = await traceWriter({ place, key, change }, ['-e', `trace=${syscall}`, '-e', inject]);
      expect(refused).toBeUndefined();
      if (!done) killed += 1;
      await expectSound(place, change, done, `${change} killed at ${syscall} ${at}`);
    });
    expect(killed).toBeGreaterThanOrEqual(4);
  });

  test.each(['ENOSPC', 'EIO'])('whose file system says %s says so, and leaves a sound vault', async (failure) => {
    const changes: readonly Change[] = LONG ? CHANGES : ['set'];
    let refusals = 0;
    for (const change of changes) {
      await each(sampled(await pointsOf(change, FAILING), 6), async ({ syscall, at }) => {
        const place = copyOfTemplate();
        const inject = `inject=${syscall}:error=${failure}:when=${at}`;
        const { done, refused } = await traceWriter({ place, key, change }, ['-e', `trace=${syscall}`, '-e', inject]);
        if (refused !== undefined) {
          refusals += 1;
          expect(refused, `${syscall} ${at}`).toMatch(/^(?:file\/un(?:writable|readable)|state\/unusable)$/);
        }
        await expectSound(place, change, done, `${change} with ${failure} at ${syscall} ${at}`);
      });
    }
    expect(refusals).toBeGreaterThanOrEqual(2);
  });

  test('that may write only so many bytes to a file stops short, and leaves a sound vault', async () => {
    const limits = LONG ? Array.from({ length: 60 }, (_, at) => 1 + at * 25) : [1, 100, 700];
    let stopped = 0;
    for (const bytes of limits) {
      const place = copyOfTemplate();
      const limit = (pid: number) => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}`]);
      const { done } = await traceWriter({ place, key, change: 'set' }, ['-e', 'trace=none'], limit);
      if (!done) stopped += 1;
      await expectSound(place, 'set', done, `files of ${bytes} bytes at most`);
    }
    expect(stopped).toBeGreaterThanOrEqual(3);
  });
});
