import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seal } from '../src/vault/age/age.ts';
import { initVault } from '../src/vault/changes/init.ts';
import { type EntryRecord, encodeEntry, entryFile } from '../src/vault/format/entry-document.ts';
import { signEntry } from '../src/vault/format/entry-signature.ts';
import { createIdentityFile } from '../src/vault/identity/identity-file.ts';

const GROUP = 'default';

export interface FilledVault {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A repository whose vault holds `size` secrets `S0`, `S1`, ..., all of them seen by this machine, and two tools that do
 * nothing: `one` asks for the first, `hundred` for the first hundred. Written without a lock for each, to be done soon.
 */
export async function fillVault(folder: string, size: number): Promise<FilledVault> {
  const root = join(folder, 'repository');
  const home = join(folder, 'home');
  const stateDir = join(home, '.local/state/lockstep');
  mkdirSync(join(root, 'tools'), { recursive: true });
  const identity = await createIdentityFile(join(home, '.config/lockstep/identity.txt'));
  const place = { root, stateDir, ref: '' };
  const vault = await initVault(place, identity, { member: 'bench', group: GROUP });
  mkdirSync(join(root, 'vault', GROUP));
  const { recipient = '' } = vault.groups.get(GROUP) ?? {};
  const records: EntryRecord[] = [];
  for (let at = 0; at < size; at += 1) {
    const counted = { group: GROUP, name: `S${at}`, version: 1, epoch: 1 };
    const ciphertext = await seal(Buffer.from(`the value of S${at}`), recipient, {
      of: 'entry',
      vault: vault.id,
      ...counted,
    });
    const said = { removed: false, allow: ['tool:hundred', 'tool:one'], rotated: '2026-11-22', by: 'bench' } as const;
    const record = signEntry(vault.id, { ...counted, ...said, revision: 1, ciphertext }, identity);
    writeFileSync(join(root, entryFile(GROUP, record.name)), encodeEntry(record));
    records.push(record);
  }
  await vault.trustStore.remember(records);
  for (const [tool, count] of [
    ['one', 1],
    ['hundred', Math.min(100, size)],
  ] as const)
    writeFileSync(join(root, `tools/${tool}.yaml`), definition(tool, count));
  return { root, env: { PATH: process.env.PATH ?? '', HOME: home } };
}

function definition(tool: string, secrets: number): string {
  const names = Array.from({ length: secrets }, (_, at) => `S${at}`);
  return `kind: tool\nname: ${tool}\nsecrets: [${names.join(', ')}]\nsteps:\n  - {id: noop, shell: sh, run: exec /bin/true}\n`;
}
