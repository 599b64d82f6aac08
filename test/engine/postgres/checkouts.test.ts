import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

// The test starts a worker: a process of its own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

test('nothing that a step leaves in its work tree, or in the settings of Git, reaches another run', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    '.gitignore': 'node_modules/\n',
    'scripts/real.sh': 'echo honest\n',
    'tools/poison.yaml': `
steps:
  - id: one
    run: |
      mkdir -p node_modules && echo evil > node_modules/lib
      echo "echo evil" > scripts/real.sh
      git update-index --assume-unchanged scripts/real.sh
      git config core.pager evil
      git rev-parse HEAD
`,
    'tools/victim.yaml': `
args: {marks: {type: string}}
steps:
  - id: one
    run: |
      { sh scripts/real.sh; cat node_modules/lib; git config core.pager; git rev-parse HEAD; git status --porcelain; } >> "$INPUT_MARKS" 2>/dev/null || true
`,
  });
  const values = { marks: rig.shop.mark('marks') };
  const worker = await rig.worker();
  for (const tool of ['poison', 'victim']) {
    const run = await rig.submit(tool, tool === 'victim' ? { values } : {});
    expect((await rig.ended(run)).status).toBe('succeeded');
  }
  expect(rig.marks('marks')).toEqual(['honest', rig.git('rev-parse', 'HEAD')]);
  const state = join(rig.shop.env.LOCKSTEP_STATE_DIR ?? '', 'worker');
  const [owner] = globSync('*/*/owner.json', { cwd: state });
  await soon(() => readdirSync(join(state, owner ?? '', '..')).sort()).toEqual(['owner.json', 'repository']);
  worker.signal('SIGTERM');
  expect(await worker.ended).toBe(0);
});
