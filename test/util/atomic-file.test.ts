import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LockstepError } from '../../src/errors.ts';
import {
  createFile,
  makeFolders,
  makeFoldersSync,
  replaceFile,
  TEMPORARY_NAME,
  writeAll,
} from '../../src/util/atomic-file.ts';
import { mountSmallDisk, smallDiskObstacle } from './small-disk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<LockstepError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LockstepError) return error;
  throw new Error('a LockstepError was expected');
}

describe('replacing a file', () => {
  test('writes the bytes with the mode, whether the file exists or not, and leaves nothing else', async () => {
    const path = join(folder, 'file');
    await replaceFile(path, Buffer.from('one'), 0o600);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await replaceFile(path, Buffer.from('two'), 0o644);
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    await replaceFile(path, Buffer.alloc(3_000_000, 'x'), 0o600);
    expect(statSync(path).size).toBe(3_000_000);
    await replaceFile(path, Buffer.alloc(0), 0o600);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(statSync(path).size).toBe(0);
  });

  test('replaces a symbolic link itself, not its target', async () => {
    writeFileSync(join(folder, 'target'), 'target');
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    await replaceFile(join(folder, 'link'), Buffer.from('new'), 0o600);
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('target');
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('new');
  });

  test('that fails reports why and leaves no temporary file', async () => {
    mkdirSync(join(folder, 'taken'));
    const isFolder = await failure(replaceFile(join(folder, 'taken'), Buffer.from('x'), 0o600));
    expect(isFolder.code).toBe('file/unwritable');
    expect(isFolder.message).toContain('EISDIR');
    const absent = await failure(replaceFile(join(folder, 'absent', 'file'), Buffer.from('x'), 0o600));
    expect(absent.message).toBe(
      `${join(folder, 'absent', 'file')} could not be written: its folder does not exist (ENOENT)`,
    );
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

describe('creating a file', () => {
  test('never overwrites', async () => {
    const path = join(folder, 'file');
    expect(await createFile(path, Buffer.from('one'), 0o600)).toBe(true);
    expect(await createFile(path, Buffer.from('two'), 0o600)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('succeeds for exactly one of many', async () => {
    const path = join(folder, 'file');
    const wins = await Promise.all(
      Array.from({ length: 20 }, (_, at) => createFile(path, Buffer.from(`${at}`), 0o600)),
    );
    expect(wins.filter(Boolean).length).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(`${wins.indexOf(true)}`);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('making folders', () => {
  const ways = [makeFolders, async (path: string, mode: number) => makeFoldersSync(path, mode)];

  test.each(ways)('makes the parent folders too, and accepts an existing folder (%#)', async (make) => {
    await make(join(folder, 'a/b/c'), 0o700);
    await make(join(folder, 'a/b/c'), 0o700);
    expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o700);
    await Promise.all([make(join(folder, 'x/y'), 0o755), make(join(folder, 'x/z'), 0o755)]);
    expect(readdirSync(join(folder, 'x')).sort()).toEqual(['y', 'z']);
  });

  test('accepts a path that goes down and up again', async () => {
    for (const [at, make] of ways.entries()) await make(`${folder}/${at}/below/../../${at}`, 0o700);
    expect(readdirSync(folder)).toEqual(['0', '1']);
  });

  test.each(ways)('reports the system error, and never hangs (%#)', async (make) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(make(join(folder, 'file/below'), 0o700)).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
    await expect(make('/proc/lockstep-test/below', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a name that is too long for the disk is an ordinary error, and nothing is left', async () => {
  const path = join(folder, 'x'.repeat(300));
  for (const write of [replaceFile, createFile]) {
    const error = await failure(write(path, Buffer.from('x'), 0o600));
    expect([error.code, error.message]).toEqual([
      'file/unwritable',
      `${path} could not be written: the path is longer than the system allows, ENAMETOOLONG`,
    ]);
  }
  expect(readdirSync(folder)).toEqual([]);
});

describe('writing all bytes', () => {
  test('continues after short writes', async () => {
    const written: number[] = [];
    const handle = {
      async write(bytes: Uint8Array, offset: number, length: number) {
        const bytesWritten = Math.min(length, 3);
        written.push(...bytes.subarray(offset, offset + bytesWritten));
        return { bytesWritten, buffer: bytes };
      },
    };
    await writeAll(handle as Parameters<typeof writeAll>[0], Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(written).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('treats a write of zero bytes as a full disk', async () => {
    const handle = { write: async (bytes: Uint8Array) => ({ bytesWritten: 0, buffer: bytes }) };
    await expect(writeAll(handle as Parameters<typeof writeAll>[0], Uint8Array.from([1]))).rejects.toMatchObject({
      code: 'ENOSPC',
    });
  });
});

test('on a really full disk the old content stays, no file is left over, and the message names the disk', async ({
  skip,
}) => {
  const obstacle = smallDiskObstacle();
  if (obstacle !== '') skip(obstacle);
  const unmount = mountSmallDisk(folder, 256);
  try {
    const path = join(folder, 'file');
    await replaceFile(path, Buffer.alloc(100_000, 'a'), 0o600);
    for (const size of [200_000, 300_000, 1_000_000]) {
      const error = await failure(replaceFile(path, Buffer.alloc(size, 'b'), 0o600));
      expect(error.message).toBe(`${path} could not be written: the disk is full, ENOSPC`);
      const created = await failure(createFile(join(folder, 'other'), Buffer.alloc(size, 'b'), 0o600));
      expect(created.message).toContain('ENOSPC');
      expect(readFileSync(path).equals(Buffer.alloc(100_000, 'a'))).toBe(true);
      expect(readdirSync(folder)).toEqual(['file']);
    }
    writeFileSync(join(folder, 'filler'), Buffer.alloc(60_000));
    await replaceFile(path, Buffer.from('small'), 0o600);
    expect(readFileSync(path, 'utf8')).toBe('small');
  } finally {
    unmount();
  }
});

test('the names of temporary files are recognized', () => {
  expect(TEMPORARY_NAME.test(`.lockstep-${'0a'.repeat(8)}.tmp`)).toBe(true);
  for (const name of [
    '.lockstep-.tmp',
    'TOKEN.yaml',
    `x.lockstep-${'0a'.repeat(8)}.tmp`,
    `.lockstep-${'0a'.repeat(8)}.tmp.yaml`,
  ]) {
    expect(TEMPORARY_NAME.test(name)).toBe(false);
  }
});
