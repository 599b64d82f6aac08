import { afterEach, expect, test } from 'vitest';
import { Workshop } from '../../rig/workshop.ts';

const TOOL = `args: {deploy: {type: boolean, default: false}}
steps:
  - {id: build, run: 'echo built'}
  - id: deploy
    if: \${{ args.deploy }}
    secrets: [DEPLOY_KEY]
    run: echo deployed
`;

let workshop: Workshop | undefined;
afterEach(() => workshop?.[Symbol.dispose]());

test('a step that its `if` rules out needs no secret; the same step needs it where it may run', async () => {
  workshop = await Workshop.open({ 'tools/main.yaml': TOOL }, { OTHER: 'another value' });
  const project = await workshop.project();
  expect(await project.run('main').result()).toMatchObject({
    status: 'succeeded',
    steps: [
      { id: 'build', status: 'succeeded' },
      { id: 'deploy', status: 'skipped' },
    ],
  });
  const refused = await project.run('main', { values: { deploy: true } }).result();
  expect(refused).toMatchObject({ run: null, problems: [{ code: 'secret/unknown', severity: 'error' }] });
});
