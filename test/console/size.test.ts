import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

test('the whole page takes less than 80 kB, compressed as small as gzip does', () => {
  const folder = join(import.meta.dirname, '../../dist/console');
  const sizes = globSync('*', { cwd: folder }).map((name) => [
    name,
    gzipSync(readFileSync(join(folder, name)), { level: 9 }).length,
  ]);
  const sum = sizes.reduce((all, [, size]) => all + Number(size), 0);
  expect(sum, JSON.stringify(Object.fromEntries(sizes))).toBeLessThan(80_000);
});
