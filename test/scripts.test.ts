import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { runScript } from './rig/script-test.ts';

const folder = join(import.meta.dirname, 'scripts');

describe.concurrent('scripts', () => {
  for (const file of globSync('*.txt', { cwd: folder }).sort()) {
    test(file, { timeout: 120_000 }, () => runScript(join(folder, file)));
  }
});
