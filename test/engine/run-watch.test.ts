import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FollowedJournal } from '../../src/engine/run-watch.ts';
import { Project } from '../../src/project/project.ts';
import { Repository } from '../rig/repository.ts';

test('a journal is followed until it is removed: a server holds no more runs than the machine keeps', async () => {
  using repository = new Repository({ 'tools/a.yaml': 'kind: tool\nname: a\nsteps: [{id: a, run: echo}]\n' });
  const { runs } = await Project.open({ cwd: repository.root, env: repository.env });
  const journal = new FollowedJournal();
  const told: string[] = [];
  const read = (run: string) => journal.read(runs, run, ({ status }) => told.push(status));
  expect(read('nothing')).toBe(false);
  await repository.must(['run', 'a']);
  const { run } = runs.find().header;
  expect([read(run), read(run)]).toEqual([true, true]);
  expect(told).toEqual(['succeeded']);
  rmSync(runs.pathOf(run));
  expect(read(run)).toBe(false);
});
