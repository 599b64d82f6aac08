import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { watchTree } from '../../../src/project/watching/watcher.ts';
import { Repository } from '../../rig/repository.ts';

test.each([
  ['wanted from the beginning', ['later'], []],
  ['wanted from now on', [], ['later']],
])('a folder that is made at any moment after it is %s is seen', async (_case, names, more) => {
  for (let turns = 0; turns < 20; turns += 1) {
    using repository = new Repository({});
    const { promise: changed, resolve: ring } = Promise.withResolvers<void>();
    const watcher = await watchTree(repository.root, names, {
      changed: ring,
      failed(reason) {
        throw reason;
      },
    });
    watcher.want(more);
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    const file = join(repository.root, 'later/deep/file.yaml');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    await expect(changed).resolves.toBeUndefined();
    await watcher.close();
  }
});
