import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareFolder } from '../../src/vault/changes/vault-lock.ts';
import { listGroupFolder, listVaultFolders, readVaultFile } from '../../src/vault/vault-folder.ts';
import { testNeeding } from '../rig/needing.ts';
import { failure, temporaryPlace, write } from './rig.ts';

const LIMIT = 1024;
/** A file that says it is longer than it is, as one that shrinks while it is read. */
const SHRUNK = 'kernel/uevent_seqnum';

describe('a file of a vault', () => {
  test('that is a socket is not read, and not waited for', async () => {
    const store = temporaryPlace();
    const server = createServer().listen(join(store.root, 'socket.yaml'));
    await once(server, 'listening');
    const error = await failure(() => readVaultFile(store, 'socket.yaml', LIMIT)).finally(() => server.close());
    expect([error.code, error.message]).toEqual(['vault/malformed', 'socket.yaml: is not a regular file']);
  });

  test('is not read through a link', async () => {
    const store = temporaryPlace();
    write(store, 'real.yaml', 'text');
    symlinkSync(join(store.root, 'real.yaml'), join(store.root, 'link.yaml'));
    expect(readVaultFile(store, 'real.yaml', LIMIT)).toBe('text');
    expect((await failure(() => readVaultFile(store, 'link.yaml', LIMIT))).code).toBe('vault/malformed');
  });

  testNeeding(
    existsSync(join('/sys', SHRUNK)) ? '' : 'this kernel has no such file',
    'that is shorter than it says ends where it ends',
    () => {
      expect(readVaultFile({ root: '/sys' }, SHRUNK, 1024 * 1024)).toMatch(/^\d+\n$/);
    },
  );
});

describe('a folder of a vault', () => {
  test('that is absent holds nothing', () => {
    const { root } = temporaryPlace();
    expect(listGroupFolder({ root }, 'dev')).toEqual({ names: [], strays: [] });
    expect(listVaultFolders({ root })).toEqual([]);
  });

  test('that is a file is named', async () => {
    const store = temporaryPlace();
    write(store, 'vault/dev', 'no folder');
    expect((await failure(() => listGroupFolder(store, 'dev'))).message).toBe('vault/dev: is not a folder');
    expect((await failure(prepareFolder(store, 'vault/dev'))).message).toBe(
      'the folder vault/dev cannot be made or written (a symbolic link or a file is in its way)',
    );
    write(store, 'other/vault', 'no folder');
    const error = await failure(() => listVaultFolders({ root: join(store.root, 'other') }));
    expect([error.code, error.message]).toEqual(['file/unreadable', 'vault: cannot be read (ENOTDIR)']);
  });
});
