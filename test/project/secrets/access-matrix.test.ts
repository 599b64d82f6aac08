import { expect, test } from 'vitest';
import { accessMatrix } from '../../../src/project/secrets/access-matrix.ts';
import { Workshop } from '../../rig/workshop.ts';

const asking = (secret: string) => `secrets: [${secret}]\nsteps:\n  - {id: go, run: test -n "$${secret}"}\n`;

const FILES = {
  'tools/deploy.yaml': asking('KUBE'),
  'tools/announce.yaml': asking('SLACK'),
  'tools/release.yaml': 'steps:\n  - {id: tell, uses: announce}\n',
  // Its ceiling has SLACK, not KUBE; it has both tools, and one that calls announce.
  'agents/releaser.yaml': 'instructions: Release.\ntools: [deploy, announce, release]\nsecrets: [SLACK]\n',
  // It asks for KUBE on behalf of announce, which does not.
  'agents/helper.yaml': 'instructions: Help.\ntools: [announce]\nsecrets: [SLACK, {name: KUBE, tools: [announce]}]\n',
};

/** `secret requester: ...` for each cell. */
async function cells(workshop: Workshop): Promise<Record<string, string>> {
  const matrix = await accessMatrix(await workshop.project());
  return Object.fromEntries(
    matrix.cells.map(({ secret, requester, asked, granted, outdated, through = [] }) => [
      `${secret} ${requester}`,
      [asked && 'asked', granted && 'granted', outdated && 'outdated', ...through].filter(Boolean).join(' '),
    ]),
  );
}

test('an agent reaches the secrets that its tools ask for and are granted, below its ceiling', async () => {
  using workshop = await Workshop.open(FILES, {});
  await workshop.set('SLACK', 'xoxb-1', ['tool:announce']);
  await workshop.set('KUBE', 'kube-1', ['tool:deploy', 'tool:announce', 'exec']);
  expect(await cells(workshop)).toEqual({
    'SLACK tool:announce': 'asked granted',
    'SLACK agent:releaser': 'asked granted announce release',
    'SLACK agent:helper': 'asked granted announce',
    'KUBE tool:deploy': 'asked granted',
    'KUBE tool:announce': 'granted',
    'KUBE exec': 'granted',
    // The ceiling stops it; a grant to the tool is not for what the agent asks for itself.
    'KUBE agent:releaser': 'asked deploy',
    'KUBE agent:helper': 'asked announce',
  });
});

test('a grant to an earlier definition is outdated, and a grant to a removed tool is granted and not asked for', async () => {
  using workshop = await Workshop.open({ 'tools/deploy.yaml': asking('KUBE') }, {});
  const digest = 'a'.repeat(64);
  await workshop.set('KUBE', 'kube-1', [`tool:deploy@sha256:${digest}`, 'tool:gone', '*']);
  const matrix = await accessMatrix(await workshop.project());
  expect(matrix.requesters).toEqual(['tool:deploy', '*', 'tool:gone']);
  // Anything may use it, deploy too.
  expect(await cells(workshop)).toEqual({
    'KUBE tool:deploy': 'asked granted',
    'KUBE tool:gone': 'granted',
    'KUBE *': 'granted',
  });
  await workshop.set('OTHER', 'other-1', []);
  workshop.write('tools/deploy.yaml', `kind: tool\nname: deploy\n${asking('OTHER')}`);
  expect(await cells(workshop)).toMatchObject({ 'KUBE tool:deploy': 'outdated', 'OTHER tool:deploy': 'asked' });
});

test('a refusal names its reason', async () => {
  using workshop = await Workshop.open({ 'tools/deploy.yaml': asking('KUBE') }, {});
  await workshop.set('KUBE', 'kube-1', [`tool:deploy@sha256:${'a'.repeat(64)}`]);
  const { cells: found } = await accessMatrix(await workshop.project());
  expect(found).toEqual([
    {
      ...{ secret: 'KUBE', requester: 'tool:deploy', asked: true, granted: false, outdated: true },
      reason: 'the grant of KUBE is for another form of deploy: the definition or one of its files has changed',
      grants: [`tool:deploy@sha256:${'a'.repeat(64)}`],
    },
  ]);
});
