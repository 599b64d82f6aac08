import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServedPage } from '../rig/served-page.ts';

/** The pictures of the last run of the tests. */
export const PICTURES = join(tmpdir(), 'lockstep-console');

const tool = (name: string, ...secrets: string[]) =>
  `kind: tool\nname: ${name}\ndescription: What ${name} does\nsteps:\n${secrets
    .map((one) => `  - id: ${one.toLowerCase()}\n    secrets: [${one}]\n    run: test -n "$${one}"\n`)
    .join('')}`;

export const FILES = {
  'tools/deploy.yaml': tool('deploy', 'KUBE', 'LEDGER'),
  'tools/announce.yaml': tool('announce', 'SLACK'),
  'tools/refund.yaml': tool('refund', 'LEDGER', 'ACQUIRER'),
  'agents/releaser.yaml':
    'kind: agent\nname: releaser\ndescription: Releases\ninstructions: Release.\ntools: [deploy, announce]\nsecrets: [KUBE, SLACK]\n',
};

/**
 * Two groups, dev and a pinned prod, with these secrets in prod: KUBE is granted to deploy, whose definition has changed
 * since; LEDGER to deploy and refund, SLACK to announce and to refund, which never asks; ACQUIRER to nothing.
 */
export async function serveVault(args: readonly string[] = []): Promise<ServedPage> {
  const served = await ServedPage.start(
    FILES,
    async (repository) => {
      await repository.must(['init', '--group', 'dev', '--member', 'ada']);
      await repository.must(['group', 'add', 'prod', '--pinned']);
      repository.write('lockstep.yaml', 'group: prod\n');
    },
    args,
  );
  served.git('init', '-q', '-b', 'main');
  const create = (name: string, more: object) =>
    served.call('POST', '/secrets/prod', { name, value: `the value of ${name}`, ...more });
  await create('KUBE', { description: 'Cluster of the payments', rotateEvery: '90d' });
  await create('LEDGER', { description: 'Ledger database, read and write' });
  await create('SLACK', { allow: ['tool:announce', 'tool:refund'], pin: true, expires: '2020-01-31' });
  await create('ACQUIRER', { description: 'Live key of the acquirer', allow: [] });
  served.commit('Everything');
  served.repository.write('tools/deploy.yaml', FILES['tools/deploy.yaml'].replace('test -n "$KUBE"', 'test "$KUBE"'));
  return served;
}
