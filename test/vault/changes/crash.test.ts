import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { describeNeeding } from '../../rig/needing.ts';
import { bundleWriter, type Thread, TracedWriter, tracingObstacle } from '../../rig/traced-writer.ts';
import { addMember, setSecret } from '../../rig/vault-changes.ts';
import type { Change as AnyChange } from '../../rig/vault-writer.ts';
import { opened, revealFrom, temporaryFolder, temporaryPlace } from '../rig.ts';

/*
 * A writer is killed, or its file system fails, at each of its system calls in turn. `npm run test:long` tries every failure
 * at every call of every change; otherwise the two kinds of failure take turns.
 */

type Change = Exclude<AnyChange, 'init'>;

const LONG = process.env.LONG !== undefined;
/** What the thread does that writes. Nothing else that a writer does is left behind by its death. */
const WRITING = ['openat', 'pwrite64', 'fsync', 'rename', 'link', 'unlink', 'mkdir', 'close'] as const;
const READING = ['openat', 'pread64', 'getdents64'] as const;
const CHANGES: readonly Change[] = ['set', 'create', 'rotate', 'remove', 'grant', 'member add', 'member remove'];
/** What else there is goes the same ways. */
const KILLED: readonly Change[] = LONG ? CHANGES : ['set', 'remove'];
const FAILING: readonly Change[] = LONG ? CHANGES : ['set', 'member remove'];
const FAILURES = ['ENOSPC', 'EIO'] as const;
const AT_ONCE = 3;

const group = 'default';
const alice = Identity.generate();
const key = /AGE-SECRET.*/.exec(alice.fileText(new Date()))?.[0] ?? '';
const obstacle = tracingObstacle();

/** A vault with two secrets, as every trial finds it. */
let template: VaultStore;
let program: string;
beforeAll(async () => {
  program = await bundleWriter(temporaryFolder());
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

function copyOfTemplate(): VaultStore {
  const folder = temporaryFolder();
  cpSync(join(template.root, '..'), folder, { recursive: true });
  const { clock: _, ...place } = { ...template, root: join(folder, 'repository'), stateDir: join(folder, 'state') };
  return place;
}

/** What a change makes of the vault, in one line. */
async function stateOf(vault: Vault): Promise<string> {
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
async function expectSound(place: VaultStore, change: Change, done: boolean, where: string): Promise<void> {
  const before = await opened(place);
  expect(await before.verify(), where).toEqual([]);
  const state = await stateOf(before);
  if (done) expect(state, where).toBe(STATES[change].at(-1));
  else expect(STATES[change], where).toContain(state);
  const next = { group, name: 'NEXT', value: Buffer.from('next'), allowWhenCreated: [] };
  await setSecret(place, alice, next, { waitSeconds: 1 });
  const after = await opened(place);
  expect(await after.verify(), where).toEqual([]);
  expect(await revealFrom(after, alice, group, 'NEXT'), where).toBe('next');
  expect(await revealFrom(after, alice, group, 'OTHER'), where).toBe('old OTHER');
  const version = /TOKEN (\d)/.exec(state)?.[1];
  if (version !== undefined)
    expect(await revealFrom(after, alice, group, 'TOKEN'), where).toBe(version === '1' ? 'old TOKEN' : 'the new value');
  const leftovers = readdirSync(join(place.root, 'vault', group)).filter((name) => !name.endsWith('.yaml'));
  expect(leftovers, where).toEqual([]);
}

interface Point {
  readonly change: Change;
  readonly thread: Thread;
  readonly syscall: string;
  readonly at: number;
}

async function pointsOf(change: Change, thread: Thread, syscalls: readonly string[]): Promise<readonly Point[]> {
  const task = { store: copyOfTemplate(), key, change };
  using writer = await TracedWriter.start(program);
  const traced = await writer.trace(task, thread, ['-e', `trace=${syscalls.join()}`]);
  expect(traced.done).toBe(true);
  return syscalls.flatMap((syscall) => {
    const count = traced.calls.match(new RegExp(`^${syscall}\\(`, 'gm'))?.length ?? 0;
    return Array.from({ length: count }, (_, at) => ({ change, thread, syscall, at: at + 1 }));
  });
}

/** With writers that go from trial to trial until they are killed in one. */
async function each<T>(trials: readonly T[], attempt: (trial: T, writer: TracedWriter) => Promise<void>) {
  const left = [...trials];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (left.length > 0) {
      using writer = await TracedWriter.start(program);
      while (!writer.hasEnded) {
        const trial = left.pop();
        if (trial === undefined) return;
        await attempt(trial, writer);
      }
    }
  });
  await Promise.all(lanes);
}

/** Injects at that call; the vault is then sound, or this throws. */
async function injected({ change, thread, syscall, at }: Point, what: string, writer: TracedWriter) {
  const place = copyOfTemplate();
  const inject = `inject=${syscall}:${what}:when=${at}`;
  const traced = await writer.trace({ store: place, key, change }, thread, ['-e', `trace=${syscall}`, '-e', inject]);
  await expectSound(place, change, traced.done, `${change} with ${what} at ${syscall} ${at} of ${thread}`);
  return traced;
}

describeNeeding(obstacle, 'a writer', { timeout: 900_000 }, () => {
  test.each(KILLED)(
    'a command that is killed at each of its system calls leaves a valid vault (%s)',
    async (change) => {
      const points = await pointsOf(change, 'files', WRITING);
      expect(points.length).toBeGreaterThan(20);
      let killed = 0;
      await each(points, async (point, writer) => {
        const { done, refused } = await injected(point, 'signal=SIGKILL', writer);
        expect(refused).toBeUndefined();
        if (!done) killed += 1;
      });
      expect(killed).toBe(points.length);
    },
  );

  test.each(FAILING)(
    'a command whose file system fails at a call reports it, and leaves a valid vault (%s)',
    async (change) => {
      const points = [...(await pointsOf(change, 'files', WRITING)), ...(await pointsOf(change, 'main', READING))];
      const trials = points.flatMap((point, at) =>
        FAILURES.filter((_, turn) => LONG || at % FAILURES.length === turn).map((failure) => [failure, point] as const),
      );
      let refusals = 0;
      await each(trials, async ([failure, point], writer) => {
        const { done, refused } = await injected(point, `error=${failure}`, writer);
        expect(done).toBe(refused === undefined);
        if (refused === undefined) return;
        refusals += 1;
        expect(refused).toMatch(/^(?:file\/un(?:writable|readable)|state\/unusable)$/);
      });
      expect(refusals).toBeGreaterThan(40);
    },
  );

  test('a command with a limit on file sizes stops early, and leaves a valid vault', async () => {
    const limits = LONG ? Array.from({ length: 60 }, (_, at) => 1 + at * 25) : [1, 100, 700];
    let stopped = 0;
    for (const bytes of limits) {
      const place = copyOfTemplate();
      using writer = await TracedWriter.start(program);
      execFileSync('prlimit', ['--pid', String(writer.pid), `--fsize=${bytes}`]);
      const { done } = await writer.trace({ store: place, key, change: 'set' }, 'files', ['-e', 'trace=none']);
      if (!done) stopped += 1;
      await expectSound(place, 'set', done, `files of ${bytes} bytes at most`);
    }
    expect(stopped).toBeGreaterThanOrEqual(3);
  });
});
