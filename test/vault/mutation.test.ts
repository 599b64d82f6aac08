import { beforeAll, describe, expect, test } from 'vitest';
import { LockstepError } from '../../src/errors.ts';
import { ROOT_FILE } from '../../src/vault/format/root-document.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';
import { removeSecret, setSecret } from '../rig/vault-changes.ts';
import { freshMachine, opened, RootBuilder, read, temporaryPlace, write, writeRoot } from './rig.ts';

const MUTATIONS = Number(process.env.LOCKSTEP_MUTATIONS ?? 2000);
const [alice, bob] = [Identity.generate(), Identity.generate()];
const FILES = [ROOT_FILE, 'vault/dev/ONE.yaml', 'vault/dev/TWO.yaml', 'vault/dev/GONE.yaml'];

const SECRETS = [
  ['dev', 'ONE'],
  ['dev', 'TWO'],
  ['dev', 'GONE'],
  ['ops', 'THREE'],
] as const;

async function exampleVault(): Promise<VaultStore> {
  const store = temporaryPlace();
  const cast = { alice: { identity: alice, admin: true }, bob: { identity: bob } };
  const rights = {
    dev: { readers: ['alice', 'bob'], writers: ['alice'] },
    ops: { readers: ['alice'], writers: ['alice'] },
  };
  const builder = new RootBuilder();
  const first = await builder.next(
    null,
    { alice: cast.alice },
    { ops: { readers: ['alice'], writers: ['alice'] } },
    'alice',
    alice,
  );
  writeRoot(store, await builder.next(first, cast, rights, 'alice', alice));
  await (await opened(store)).acceptTrust();
  const common = { group: 'dev', allowWhenCreated: ['tool:a', 'agent:b'], description: 'Says "what" it is: # plainly' };
  await setSecret(store, alice, { ...common, name: 'ONE', value: Buffer.from('one') });
  await setSecret(store, alice, { ...common, name: 'TWO', value: Buffer.from('two\n'.repeat(40)) });
  await setSecret(store, alice, { ...common, name: 'GONE', value: Buffer.from('gone') });
  await removeSecret(store, alice, { group: 'dev', name: 'GONE' });
  await setSecret(store, alice, { ...common, group: 'ops', name: 'THREE', value: Buffer.from('three') });
  return store;
}

/** All that the vault tells and holds, for every member, on a machine that only knows the hash of a root. */
async function meaning(store: VaultStore, trust: string): Promise<string> {
  const told: unknown[] = [];
  for (const identity of [alice, bob]) {
    const vault = await opened({ ...freshMachine(store), trust });
    told.push(vault.id, vault.rootHash, [...vault.members], [...vault.groups]);
    const records = [];
    for (const [group, name] of SECRETS) records.push(await vault.record(group, name));
    for (const record of records) {
      const isOpenable =
        record?.removed === false && vault.groups.get(record.group)?.readers.includes(vault.memberOf(identity) ?? '');
      told.push(record, isOpenable ? Buffer.from((await vault.unseal(record, identity)).reveal()).toString('hex') : '');
    }
  }
  return JSON.stringify(told);
}

/** `accepted` with the meaning it has, or the code by which it was refused. What is no `LockstepError` fails the test. */
async function outcome(store: VaultStore, trust: string): Promise<{ code: string; meaning?: string }> {
  try {
    return { code: 'accepted', meaning: await meaning(store, trust) };
  } catch (error) {
    if (error instanceof LockstepError) return { code: error.code };
    if (error instanceof Error && error.message === 'no vault was found') return { code: 'vault/missing' };
    throw error;
  }
}

/** A fixed sequence: mulberry32. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = (below: number) => number;
const MUTATORS: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random(bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
    return changed;
  },
  function replaceByte(bytes, random) {
    const changed = Buffer.from(bytes);
    changed[random(bytes.length)] = random(256);
    return changed;
  },
  function replaceByLikeCharacter(bytes, random) {
    const changed = Buffer.from(bytes);
    changed[random(bytes.length)] = Buffer.from('09azAZ_-"[]{}:#|, \n').at(random(19)) ?? 0;
    return changed;
  },
  function swapLines(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    const [one, other] = [random(lines.length), random(lines.length)];
    [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  function doubleLine(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    const at = random(lines.length);
    lines.splice(random(lines.length), 0, lines[at] ?? '');
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  function dropLine(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    lines.splice(random(lines.length), 1);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  function insertBytes(bytes, random) {
    const at = random(bytes.length);
    return Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(random(bytes.length)).subarray(0, 1 + random(9)),
      bytes.subarray(at),
    ]);
  },
  function removeBytes(bytes, random) {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(9))]);
  },
];

describe('a vault whose files were changed at random', () => {
  let store: VaultStore;
  let trust: string;
  let right: string;
  const originals = new Map<string, string>();

  beforeAll(async () => {
    store = await exampleVault();
    trust = (await opened(store)).rootHash;
    right = await meaning(store, trust);
    for (const file of FILES) originals.set(file, read(store, file));
  });

  test.each([1, 2, 3, 4])(
    `is refused or has the same meaning (${MUTATIONS / 4} mutations, seed %i)`,
    { timeout: 600_000 },
    async (seed) => {
      const random = randomNumbers(seed);
      const codes = new Map<string, number>();
      for (let round = 0; round < MUTATIONS / 4; round += 1) {
        const file = FILES[random(FILES.length)] ?? ROOT_FILE;
        const original = Buffer.from(originals.get(file) ?? '');
        const mutate = MUTATORS[random(MUTATORS.length)] ?? Buffer.from;
        const changed = mutate(original, random);
        write(store, file, changed);
        const { code, meaning: got } = await outcome(store, trust);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === 'accepted') expect(got).toBe(right);
        if (code === 'accepted') expect(changed.equals(original)).toBe(true);
        write(store, file, original);
      }
      expect(
        [...codes.keys()].filter(
          (code) => !/^(accepted|vault\/(malformed|tampered|undecryptable|untrusted))$/.test(code),
        ),
      ).toEqual([]);
      expect(codes.get('vault/malformed') ?? 0).toBeGreaterThan(MUTATIONS / 20);
      expect(codes.get('vault/tampered') ?? 0).toBeGreaterThan(MUTATIONS / 200);
    },
  );

  test.each(FILES)('is refused when %s is cut off at any byte', { timeout: 600_000 }, async (file) => {
    const original = originals.get(file) ?? '';
    const codes = new Set<string>();
    for (let length = 0; length < original.length; length += 1) {
      write(store, file, original.slice(0, length));
      codes.add((await outcome(store, trust)).code);
    }
    write(store, file, original);
    expect([...codes]).toEqual(['vault/malformed']);
    expect(await outcome(store, trust)).toEqual({ code: 'accepted', meaning: right });
  });
});
