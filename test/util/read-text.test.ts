import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from '../../src/util/read-text.ts';

test('a file is read, and a pipe in its place is not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'read-text-'));
  try {
    writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/main\n');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(readText(join(folder, 'HEAD'))).toBe('ref: refs/heads/main\n');
    expect(['pipe', 'absent', '.'].map((name) => readText(join(folder, name)))).toEqual(['', '', '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
