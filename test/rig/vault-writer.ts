import { argv, stdin, stdout } from 'node:process';
import { seal } from '../../src/vault/age.ts';
import { Identity } from '../../src/vault/identity.ts';
import { initVault } from '../../src/vault/init.ts';
import { addMember } from '../../src/vault/member-adding.ts';
import { removeMember } from '../../src/vault/member-removal.ts';
import type { VaultPlace } from '../../src/vault/vault-folder.ts';
import { grantSecret, removeSecret, setSecret } from '../../src/vault/writer.ts';

/*
 * The program that crash tests trace and kill: loads all it needs, says `ready`, waits for a byte, changes the vault once,
 * says `done`. Ends with 1 and an error's code when the change was refused.
 */

/** What it is told: one JSON text as its argument. */
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

const { place, key, change }: Task = JSON.parse(argv[2] ?? '');
const identity = Identity.fromText(key);
if (identity === null) throw new Error('no key was given');
const binding = { of: 'key', vault: 'warm', group: 'up', epoch: 1, member: 'me' } as const;
await seal(new Uint8Array(0), identity.recipient, binding);
stdout.write('ready\n');
await new Promise((go) => stdin.once('data', go));
stdin.pause();
try {
  await CHANGES[change](place, identity);
  stdout.write('done\n');
} catch (error) {
  stdout.write(`refused ${error instanceof Error && 'code' in error ? String(error.code) : 'bug'}\n`);
  process.exitCode = 1;
}
