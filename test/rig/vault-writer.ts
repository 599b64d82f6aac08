import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { seal } from '../../src/vault/age/age.ts';
import { initVault } from '../../src/vault/changes/init.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';
import { addMember, grantSecret, removeMember, removeSecret, setSecret } from './vault-changes.ts';

/*
 * The program that crash tests trace and kill: loads all it needs and says `ready`. For each task on its standard input it
 * changes a vault once and says `done`, or `refused` and an error's code.
 */

/** One JSON text a line. */
export interface Task {
  readonly store: VaultStore;
  /** `AGE-SECRET-KEY-1...` of a test. */
  readonly key: string;
  readonly change: Change;
}

export type Change = 'init' | 'set' | 'create' | 'rotate' | 'remove' | 'grant' | 'member add' | 'member remove';

const address = { group: 'default', name: 'TOKEN' } as const;
const setting = { ...address, value: Buffer.from('the new value'), allowWhenCreated: [] } as const;
const reader = { name: 'bob', read: ['default'], write: [], admin: false } as const;

const CHANGES: Readonly<Record<Change, (store: VaultStore, identity: Identity) => Promise<unknown>>> = {
  init: (store, identity) => initVault(store, identity, { member: 'alice', group: 'default' }),
  set: (store, identity) => setSecret(store, identity, setting),
  create: (store, identity) => setSecret(store, identity, { ...setting, name: 'CREATED', before: 'no secret' }),
  rotate: (store, identity) => setSecret(store, identity, { ...setting, before: 'a secret' }),
  remove: (store, identity) => removeSecret(store, identity, address),
  grant: (store, identity) => grantSecret(store, identity, address, ['tool:deploy']),
  'member add': (store, identity) =>
    addMember(store, identity, { ...reader, card: { recipient: Identity.generate().recipient } }),
  'member remove': (store, identity) => removeMember(store, identity, 'gone'),
};

async function perform({ store, key, change }: Task): Promise<string> {
  const identity = Identity.fromText(key);
  if (identity === null) return 'refused: no key was given';
  try {
    await CHANGES[change](store, identity);
    return 'done';
  } catch (error) {
    return `refused ${error instanceof Error && 'code' in error ? String(error.code) : 'bug'}`;
  }
}

const binding = { of: 'key', vault: 'warm', group: 'up', epoch: 1, member: 'me' } as const;
await seal(new Uint8Array(0), Identity.generate().recipient, binding);
stdout.write('ready\n');
for await (const line of createInterface(stdin)) stdout.write(`${await perform(JSON.parse(line))}\n`);
