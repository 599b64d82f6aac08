import { cpSync, globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { openVault } from '../../../src/vault/vault.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import {
  type Disk,
  disksAfter,
  type FileOperation,
  fileOperations,
  isUnsynced,
  TRACE_ARGS,
} from '../../rig/file-operations.ts';
import { describeNeeding } from '../../rig/needing.ts';
import { bundleWriter, TracedWriter, tracingObstacle } from '../../rig/traced-writer.ts';
import { addMember, setSecret } from '../../rig/vault-changes.ts';
import type { Change } from '../../rig/vault-writer.ts';
import { temporaryFolder, temporaryPlace } from '../rig.ts';

/*
 * A change of the vault is traced as a list of file operations. The power may go after each of them, and then each one that
 * was not synced may have reached the disk or not, in any combination.
 */

const group = 'default';
const alice = Identity.generate();
const key = /AGE-SECRET.*/.exec(alice.fileText(new Date()))?.[0] ?? '';
const obstacle = tracingObstacle();

type Start = 'not there' | 'empty' | 'filled';
let program: string;
const templates: Partial<Record<Start, VaultStore>> = {};
beforeAll(async () => {
  program = await bundleWriter(temporaryFolder());
  for (const name of ['not there', 'empty', 'filled'] as const) {
    const place = temporaryPlace();
    templates[name] = place;
    if (name === 'not there') continue;
    await initVault(place, alice, { member: 'alice', group });
    if (name === 'empty') continue;
    const card = { recipient: Identity.generate().recipient };
    await addMember(place, alice, { name: 'gone', card, read: [group], write: [], admin: false });
    for (const secret of ['TOKEN', 'OTHER'])
      await setSecret(place, alice, { group, name: secret, value: Buffer.from(secret), allowWhenCreated: [] });
  }
});

function copyOf(name: Start): VaultStore {
  const folder = realpathSync(temporaryFolder());
  const { root = '', ref = '' } = templates[name] ?? {};
  cpSync(join(root, '..'), folder, { recursive: true });
  return { root: join(folder, 'repository'), stateDir: join(folder, 'state'), ref };
}

function diskOf(folder: string): Disk {
  const files = globSync('{repository/vault,state}/**/*.{yaml,json}', { cwd: folder });
  return new Map(files.map((file) => [join(folder, file), readFileSync(join(folder, file))]));
}

/** What belongs to the vault and its pins; locks, and what is only written aside, are looked at by themselves. */
function lasting(operations: readonly FileOperation[]): readonly FileOperation[] {
  const kept = new Set(
    operations.flatMap((one) => ('from' in one && /\.(?:yaml|json)$/.test(one.path) ? [one.file] : [])),
  );
  return operations.filter((one) =>
    'file' in one ? kept.has(one.file) : one.what === 'unlink' ? /\.(?:yaml|json)$/.test(one.path) : true,
  );
}

function vaultFiles(disk: Disk, folder: string): ReadonlyMap<string, string> {
  const ours = [...disk].filter(([path]) => /\.(?:yaml|json)$/.test(path));
  return new Map(ours.map(([path, bytes]) => [path.slice(folder.length + 1), bytes.toString()] as const).sort());
}

const NOT_THERE = 'there is no vault';
const NOT_TRUSTED = 'this machine does not trust it';

/** The vault and this machine's memory of it, as they stand on that disk. */
async function findingsOn(files: ReadonlyMap<string, string>, ref: string): Promise<readonly string[]> {
  const folder = temporaryFolder();
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const vault = await openVault({ root: join(folder, 'repository'), stateDir: join(folder, 'state'), ref });
  if (vault === null) return [NOT_THERE];
  if (!vault.trusted) return [NOT_TRUSTED];
  return (await vault.verify()).map(({ message }) => message);
}

const CASES: readonly (readonly [Change, Start])[] = [
  ['init', 'not there'],
  ['create', 'empty'],
  ['set', 'filled'],
  ['remove', 'filled'],
  ['grant', 'filled'],
  ['member add', 'filled'],
  ['member remove', 'filled'],
];

describeNeeding(obstacle, 'after a power cut', { timeout: 120_000 }, () => {
  test.each(CASES)(
    'at any point of "%s" in a vault that is %s, nothing is torn and nothing acknowledged is lost',
    async (change, name) => {
      const place = copyOf(name);
      const folder = dirname(place.root);
      const before = diskOf(folder);
      using writer = await TracedWriter.start(program);
      const { done, calls } = await writer.trace({ store: place, key, change }, 'files', TRACE_ARGS);
      expect(done).toBe(true);
      const operations = lasting(fileOperations(calls, folder));
      const after = vaultFiles(diskOf(folder), folder);
      const seen = new Map<string, ReadonlyMap<string, string>>();
      for (let count = 0; count <= operations.length; count += 1) {
        for (const disk of disksAfter(operations, count, before)) {
          const files = vaultFiles(disk, folder);
          seen.set(JSON.stringify([...files]), files);
          if (count === operations.length) expect(Object.fromEntries(files)).toEqual(Object.fromEntries(after));
        }
      }
      expect(seen.size).toBeGreaterThan(2);
      const acceptable = change === 'init' ? [NOT_THERE, NOT_TRUSTED] : [];
      for (const files of seen.values()) {
        const findings = await findingsOn(files, place.ref);
        expect(findings.filter((finding) => !acceptable.includes(finding))).toEqual([]);
      }
    },
  );

  test('the bytes of every file are on the disk before it gets its name, also those of locks', async () => {
    const place = copyOf('filled');
    using writer = await TracedWriter.start(program);
    const { calls } = await writer.trace({ store: place, key, change: 'set' }, 'files', TRACE_ARGS);
    const operations = fileOperations(calls, dirname(place.root));
    const published = operations.flatMap((one) => ('from' in one ? [one] : []));
    expect(published.length).toBeGreaterThanOrEqual(4);
    for (const publication of published) {
      const earlier = operations.slice(0, operations.indexOf(publication));
      const writes = earlier.filter((one) => one.what === 'write' && one.file === publication.file);
      expect(writes.length).toBeGreaterThan(0);
      for (const write of writes) expect(isUnsynced(write, earlier.slice(earlier.indexOf(write)))).toBe(false);
    }
  });
});
