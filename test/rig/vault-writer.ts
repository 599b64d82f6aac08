import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { seal } from '../../src/vault/age/age.ts';
import { initVault } from '../../src/vault/changes/init.ts';
import { addMember } from '../../src/vault/changes/member-adding.ts';
import { removeMember } from '../../src/vault/changes/member-removal.ts';
import { grantSecret, removeSecret, setSecret } from '../../src/vault/changes/writer.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import type { VaultPlace } from '../../src/vault/vault-folder.ts';

/*
 * The program that crash tests trace and kill: loads all it needs and says `ready`. For each task on its standard input it
 * changes a vault once and says `done`, or `refused` and an error's code.
 */

/** One JSON text a line. */
export interface Task {
  readonly place: VaultPlace;
  /** `AGE-SECRET-KEY-1...` of a test. */
  readonly key: string;
  readonly change: Change;
}

export type Change = 'init' | 'set' | 'create' | 'rotate' | 'remove' | 'grant' | 'member add' | 'member remove';

const address = { group: 'default', name: 'TOKEN' } as const;
const setting = { ...address, value: Buffer.from('the new value'), allowWhenCreated: [] } as const;
const reader = { name: 'bob', read: ['default'], write: [], admin: false } as const;

const CHANGES: Readonly<Record<Change, (place: VaultPlace, identity: Identity) => Promise<unknown>>> = {
  init: (place, identity) => initVault(place, identity, { member: 'alice', group: 'default' }),
  set: (place, identity) => setSecret(place, identity, setting),
  create: (place, identity) => setSecret(place, identity, { ...setting, name: 'CREATED', before: 'no secret' }),
  rotate: (place, identity) => setSecret(place, identity, { ...setting, before: 'a secret' }),
  remove: (place, identity) => removeSecret(place, identity, address),
  grant: (place, identity) => grantSecret(place, identity, address, ['tool:deploy']),
  'member add': (place, identity) =>
    addMember(place, identity, { ...reader, card: { recipient: Identity.generate().recipient } }),
  'member remove': (place, identity) => removeMember(place, identity, 'gone'),
};

async function perform({ place, key, change }: Task): Promise<string> {
  const identity = Identity.fromText(key);
  if (identity === null) return 'refused: no key was given';
  try {
    await CHANGES[change](place, identity);
    return 'done';
  } catch (error) {
    return `refused ${error instanceof Error && 'code' in error ? String(error.code) : 'bug'}`;
  }
}

const binding = { of: 'key', vault: 'warm', group: 'up', epoch: 1, member: 'me' } as const;
await seal(new Uint8Array(0), Identity.generate().recipient, binding);
stdout.write('ready\n');
for await (const line of createInterface(stdin)) stdout.write(`${await perform(JSON.parse(line))}\n`);
