import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ParsedFile } from '../../../src/definition/reading/build-catalog.ts';
import { readSnapshot } from '../../../src/project/repository/snapshot.ts';
import { Repository } from '../../rig/repository.ts';

const tool = (name: string, script: string) => `kind: tool\nname: ${name}\nsteps: [{id: a, run: ${script}}]\n`;

test('a process that reads one changed file again leaves the cache whole for the next one', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'one'), 'tools/b.yaml': tool('b', 'one') });
  const cache = join(repository.place, 'cache');
  const entries = () => {
    const [file = ''] = readdirSync(join(cache, 'parsed'));
    return JSON.parse(readFileSync(join(cache, 'parsed', file), 'utf8')).length;
  };
  const held = new Map<string, ParsedFile>();
  const known = {
    get: (path: string) => held.get(path),
    put: (path: string, file: ParsedFile) => held.set(path, file),
  };
  await readSnapshot(repository.root, cache, [], known);
  expect(entries()).toBe(2);
  repository.write('tools/a.yaml', tool('a', 'two'));
  held.delete('tools/a.yaml');
  const { catalog } = await readSnapshot(repository.root, cache, [], known);
  expect(catalog.tools.get('a')?.steps).toMatchObject([{ script: 'two' }]);
  expect(entries()).toBe(2);
});
