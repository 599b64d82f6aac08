import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type ErrorCode, LockstepError } from '../../src/errors.ts';
import { seal } from '../../src/vault/age/age.ts';
import { AgeKey } from '../../src/vault/age/age-x25519.ts';
import { encodeArmor } from '../../src/vault/age/encodings.ts';
import { type Draft, decodeEntry, type Entry, encodeEntry, entryFile } from '../../src/vault/format/entry-document.ts';
import { signEntry } from '../../src/vault/format/entry-signature.ts';
import {
  decodeRoot,
  encodeRoot,
  type Group,
  type Member,
  ROOT_FILE,
  type RootDocument,
} from '../../src/vault/format/root-document.ts';
import type { Identity } from '../../src/vault/identity/identity.ts';
import { signLink } from '../../src/vault/trust/root-chain.ts';
import { openVault, type Vault } from '../../src/vault/vault.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';

const temporaryFolders: string[] = [];
afterAll(() => {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the tests of the file are. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  temporaryFolders.push(folder);
  return folder;
}

/** An empty repository and an own state folder beside it, as one machine sees them. */
export function temporaryPlace(ref = 'refs/heads/main'): VaultStore {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'repository'));
  return {
    root: join(folder, 'repository'),
    stateDir: join(folder, 'state'),
    ref,
    clock: () => new Date('2026-11-22T10:00:00Z'),
  };
}

/** The same repository as another machine sees it, which knows nothing yet. */
export function freshMachine(store: VaultStore): VaultStore {
  return { ...store, stateDir: temporaryFolder() };
}

export async function opened(store: VaultStore): Promise<Vault> {
  const vault = await openVault(store);
  if (vault === null) throw new Error('no vault was found');
  return vault;
}

/** The value as text, the way a run gets it: read, verified, unsealed. */
export async function reveal(store: VaultStore, identity: Identity, group: string, name: string): Promise<string> {
  return revealFrom(await opened(store), identity, group, name);
}

export async function revealFrom(vault: Vault, identity: Identity, group: string, name: string): Promise<string> {
  const entry = await vault.entry(group, name);
  if (entry === null) throw new Error(`no secret ${group}/${name} was found`);
  return Buffer.from((await vault.unseal(entry, identity)).reveal()).toString();
}

export function read(store: VaultStore, file: string): string {
  return readFileSync(join(store.root, file), 'utf8');
}

export function write(store: VaultStore, file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(store.root, file)), { recursive: true });
  writeFileSync(join(store.root, file), text);
}

/** Keeps the repository as it is now, to be put back later: what a thief of history can do. */
export function snapshot(store: VaultStore): () => void {
  const copy = join(temporaryFolder(), 'copy');
  cpSync(store.root, copy, { recursive: true });
  return () => {
    rmSync(join(store.root, 'vault'), { recursive: true, force: true });
    cpSync(copy, store.root, { recursive: true });
  };
}

export async function failure(work: Promise<unknown> | (() => unknown)): Promise<LockstepError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  throw new Error('it was expected to fail, and did not');
}

export async function failureCode(work: Promise<unknown> | (() => unknown)): Promise<ErrorCode> {
  return (await failure(work)).code;
}

/** Who takes part in a vault that is built by hand. */
export type Cast = Record<string, { identity: Identity; admin?: boolean; readsOnly?: boolean }>;
export type Rights = Record<string, { readers: string[]; writers: string[]; epoch?: number }>;

/** Root documents made link by link, with every right of the keys that are given, for vaults of several members. */
export class RootBuilder {
  readonly vault: string;
  readonly keys = new Map<string, AgeKey>();

  constructor(vault = 'TestTestTestTest') {
    this.vault = vault;
  }

  /** The next link after `before`, signed by `signer` as `by`; nobody checks here whether they may. */
  async next(
    before: RootDocument | null,
    cast: Cast,
    rights: Rights,
    by: string,
    signer: Identity,
    formerGroups?: readonly string[],
  ): Promise<RootDocument> {
    const members = new Map(Object.entries(cast).map(([name, one]) => [name, memberOf(one)]));
    const groups = new Map(Object.entries(rights).map(([name, right]) => [name, this.#group(name, right)]));
    const former = formerGroups !== undefined && { formerGroups };
    const state = { vault: this.vault, members, groups, ...former, roots: before?.roots ?? [] };
    const keys = new Map<string, Map<string, { epoch: number; sealed: string }>>();
    for (const [group, { readers, epoch }] of groups) {
      const sealed = readers.map(
        async (member) => [member, { epoch, sealed: await this.#seal(cast, group, epoch, member) }] as const,
      );
      keys.set(group, new Map(await Promise.all(sealed)));
    }
    return { ...state, roots: [...state.roots, signLink(state, by, signer)], keys };
  }

  key(group: string): AgeKey {
    const key = this.keys.get(group) ?? AgeKey.generate();
    this.keys.set(group, key);
    return key;
  }

  #group(name: string, { readers, writers, epoch = 1 }: Rights[string]): Group {
    return {
      recipient: this.key(name).recipient,
      epoch,
      readers: readers.sort(),
      writers: writers.sort(),
      pinned: false,
    };
  }

  async #seal(cast: Cast, group: string, epoch: number, member: string): Promise<string> {
    const recipient = cast[member]?.identity.recipient ?? '';
    const secret = Buffer.from(`${this.key(group).secretText()}\n`);
    return encodeArmor(await seal(secret, recipient, { of: 'key', vault: this.vault, group, epoch, member }));
  }
}

function memberOf({ identity, admin = false, readsOnly = false }: Cast[string]): Member {
  return { recipient: identity.recipient, ...(!readsOnly && { signing: identity.signingKey }), admin };
}

export function writeRoot(store: VaultStore, document: RootDocument): void {
  write(store, ROOT_FILE, encodeRoot(document));
}

export function readRoot(store: VaultStore): RootDocument {
  return decodeRoot(read(store, ROOT_FILE));
}

export function readEntry(store: VaultStore, group: string, name: string): Entry {
  const record = decodeEntry(entryFile(group, name), read(store, entryFile(group, name)));
  if (record.removed) throw new Error('a tombstone stands there');
  return record;
}

/** Signs what nobody checks, and puts it at its path or at another one. */
export function forge(
  store: VaultStore,
  draft: Draft,
  signer: Identity,
  file = entryFile(draft.group, draft.name),
): void {
  write(store, file, encodeEntry(signEntry(readRoot(store).vault, draft, signer)));
}

/** Seals as a thief would: with public keys only. */
export async function sealFor(
  root: RootDocument,
  recipient: string,
  address: { group: string; name: string },
  version: number,
  value: string,
): Promise<Uint8Array> {
  const { group, name } = address;
  return seal(Buffer.from(value), recipient, {
    of: 'entry',
    vault: root.vault,
    group,
    name,
    version,
    epoch: root.groups.get(group)?.epoch ?? 1,
  });
}
