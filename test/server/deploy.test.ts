import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCKSTEP } from '../rig/repository.ts';

const UNIT = join(import.meta.dirname, '../../examples/deploy/lockstep.service');

test('systemd accepts the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-unit-'));
  try {
    const path = join(folder, 'lockstep.service');
    writeFileSync(path, readFileSync(UNIT, 'utf8').replace('/usr/local/bin/lockstep', LOCKSTEP));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('lockstep.service'))).toEqual([]);
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
