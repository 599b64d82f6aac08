import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScratch, scratchBase, sweepScratch } from '../../../src/run/workspace/scratch.ts';
import { MAXIMUM_OUTPUTS } from '../../../src/run/workspace/step-outputs.ts';
import { stampOfThisProcess } from '../../../src/util/process-stamp.ts';
import { testNeeding } from '../../rig/needing.ts';
import { mountSmallDisk, smallDiskObstacle } from '../../util/small-disk.ts';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'scratch-'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a scratch folder', () => {
  test('is private and names its owner', () => {
    const scratch = createScratch({ base });
    expect(modeOf(scratch.path)).toBe(0o700);
    expect(basename(scratch.path)).toMatch(new RegExp(`^lockstep-${process.pid}-\\d+-[A-Za-z0-9]+$`));
    scratch.dispose();
  });

  test('is in memory where the machine has a file system in memory', () => {
    const scratch = createScratch({ temporary: base });
    expect(scratch.path.startsWith(`${scratchBase(base)}/lockstep-`)).toBe(true);
    scratch.dispose();
    expect(existsSync(scratch.path)).toBe(false);
  });

  test.each([0o400, 0o500, 0o600])('writes a file with mode %o', (mode) => {
    const path = createScratch({ base }).step('one').write('value', bytes('a\0b'), mode);
    expect(modeOf(path)).toBe(mode);
    expect(readFileSync(path)).toEqual(Buffer.from('a\0b'));
  });

  test('never writes through an existing file or link', () => {
    const scratch = createScratch({ base });
    symlinkSync(join(base, 'elsewhere'), join(scratch.path, 'link'));
    expect(() => scratch.write('link', bytes('x'), 0o600)).toThrow(expect.objectContaining({ code: 'state/unusable' }));
    expect(existsSync(join(base, 'elsewhere'))).toBe(false);
  });

  test.each(['', '.', '..', 'a/b', '../x'])('refuses a name like %j', (name) => {
    expect(() => createScratch({ base }).write(name, bytes(''), 0o600)).toThrow('not a file name');
  });

  test('gives every step a private folder of its own, whatever it is called', () => {
    const scratch = createScratch({ base });
    const steps = ['post', 'post', 'post/send', '../../up', 'x'.repeat(1_000)].map((id) => scratch.step(id));
    expect(new Set(steps.map((step) => step.path)).size).toBe(steps.length);
    for (const step of steps) {
      expect(join(step.path, '..')).toBe(scratch.path);
      expect(modeOf(step.path)).toBe(0o700);
    }
  });

  test('is gone after dispose, with all its files, and dispose may be called again', () => {
    const scratch = createScratch({ base });
    const step = scratch.step('one');
    const path = step.write('secret', bytes('x'), 0o400);
    step.remove(path);
    expect(existsSync(path)).toBe(false);
    step.remove(path);
    step.write('script', bytes('x'), 0o400);
    mkdirSync(join(step.path, 'made/by/step'), { recursive: true });
    chmodSync(join(step.path, 'made'), 0o000);
    step.dispose();
    step.dispose();
    scratch.dispose();
    scratch.dispose();
    expect(readdirSync(base)).toEqual([]);
  });

  test('with a disk that a step mounted in it is emptied, and is removed when the disk is gone', ({ skip }) => {
    const obstacle = smallDiskObstacle();
    if (obstacle !== '') skip(obstacle);
    const scratch = createScratch({ base });
    const mounted = join(scratch.path, 'disk');
    mkdirSync(mounted);
    const unmount = mountSmallDisk(mounted, 64);
    try {
      writeFileSync(join(mounted, 'copied'), 'a secret');
      scratch.dispose();
      expect(readdirSync(mounted)).toEqual([]);
    } finally {
      unmount();
    }
    scratch.dispose();
    expect(readdirSync(base)).toEqual([]);
  });

  test('gets the space that a killed run used', ({ skip }) => {
    const obstacle = smallDiskObstacle();
    if (obstacle !== '') skip(obstacle);
    const unmount = mountSmallDisk(base, 64);
    try {
      const dead = join(base, 'lockstep-1073741824-1-AAAAAA');
      mkdirSync(dead);
      const owner = { ...stampOfThisProcess(), pid: 2 ** 30, started: '1' };
      writeFileSync(join(dead, '.owner.json'), JSON.stringify(owner));
      expect(() => writeFileSync(join(dead, 'fill'), Buffer.alloc(100_000))).toThrow('ENOSPC');
      const scratch = createScratch({ base });
      expect(readdirSync(base)).toEqual([basename(scratch.path)]);
      scratch.dispose();
    } finally {
      unmount();
    }
  });

  test('dispose follows no link out of it', () => {
    const scratch = createScratch({ base });
    writeFileSync(join(base, 'precious'), 'x');
    symlinkSync(base, join(scratch.path, 'out'));
    scratch.dispose();
    expect(readdirSync(base)).toEqual(['precious']);
  });

  test('that cannot be made is an error with a way out', () => {
    const make = () => createScratch({ base: join(base, 'missing') });
    expect(make).toThrow(expect.objectContaining({ code: 'state/unusable', hints: [expect.any(String)] }));
    expect(make).toThrow('ENOENT');
  });
});

describe('a file that a step left is read', () => {
  test('unchanged, up to the limit', () => {
    const step = createScratch({ base }).step('one');
    const path = step.write('output', bytes(''), 0o600);
    expect(step.read('output')).toEqual(new Uint8Array(0));
    writeFileSync(path, Buffer.alloc(MAXIMUM_OUTPUTS, 'x'));
    expect(step.read('output')).toHaveLength(MAXIMUM_OUTPUTS);
    writeFileSync(path, 'x', { flag: 'a' });
    expect(step.read('output')).toBeNull();
  });

  test('as empty when it is gone or is no longer a file', () => {
    const step = createScratch({ base }).step('one');
    expect(step.read('output')).toEqual(new Uint8Array(0));
    execFileSync('mkfifo', [join(step.path, 'pipe')]);
    expect(step.read('pipe')).toEqual(new Uint8Array(0));
    mkdirSync(join(step.path, 'folder'));
    expect(step.read('folder')).toEqual(new Uint8Array(0));
  });
});

describe('a sweep', () => {
  /** The scratch of a process that was killed. */
  function left(): string {
    const module = join(import.meta.dirname, '../../../src/run/workspace/scratch.ts');
    const script = `
      const { createScratch } = await import(${JSON.stringify(module)});
      const scratch = createScratch({ base: ${JSON.stringify(base)} });
      scratch.step('one').write('secret', Buffer.from('x'), 0o400);
      require('node:fs').writeSync(1, scratch.path);
      process.kill(process.pid, 'SIGKILL');`;
    return spawnSync(process.execPath, ['-e', `(async () => {${script}})()`], { encoding: 'utf8' }).stdout;
  }

  test('removes the folder of a killed run', () => {
    const path = left();
    expect(existsSync(path)).toBe(true);
    expect(sweepScratch(base)).toBe(1);
    expect(readdirSync(base)).toEqual([]);
  });

  test('leaves a folder that is in use', () => {
    const scratch = createScratch({ base });
    expect(sweepScratch(base)).toBe(0);
    expect(existsSync(scratch.path)).toBe(true);
  });

  test('leaves a folder that it cannot judge: another container, no owner, another name', () => {
    const foreign = left();
    const owner = JSON.parse(readFileSync(join(foreign, '.owner.json'), 'utf8'));
    rmSync(join(foreign, '.owner.json'));
    writeFileSync(join(foreign, '.owner.json'), JSON.stringify({ ...owner, namespace: 'pid:[1]' }));
    const ownerless = left();
    rmSync(join(ownerless, '.owner.json'));
    renameSync(left(), join(base, 'lockstep-of-mine'));
    expect(sweepScratch(base)).toBe(0);
    expect(readdirSync(base)).toHaveLength(3);
  });

  test('follows no link', () => {
    const path = left();
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    const moved = join(elsewhere, basename(path));
    renameSync(path, moved);
    symlinkSync(moved, path);
    expect(sweepScratch(base)).toBe(0);
    expect(existsSync(join(moved, '.owner.json'))).toBe(true);
    rmSync(elsewhere, { recursive: true });
  });

  testNeeding(
    process.getuid?.() === 0 ? '' : 'only root can give a folder away',
    'leaves what belongs to another user',
    () => {
      const path = left();
      chownSync(path, 65_534, 65_534);
      expect(sweepScratch(base)).toBe(0);
      expect(statSync(path).uid).toBe(65_534);
    },
  );

  test('of a missing folder finds nothing', () => {
    expect(sweepScratch(join(base, 'missing'))).toBe(0);
  });
});
