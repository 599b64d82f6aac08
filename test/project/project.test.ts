import { afterEach, describe, expect, test } from 'vitest';
import { describeAgent } from '../../src/project/authoring/describe-agent.ts';
import { Workshop } from '../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const OK = 'steps: [{id: a, run: "true"}]';

describe('the state that a project keeps', () => {
  test('includes the definitions as they were when it was opened', async () => {
    workshop = new Workshop({ 'tools/one.yaml': OK });
    const project = await workshop.project();
    workshop.write('tools/two.yaml', OK);
    expect([...project.snapshot.catalog.tools.keys()]).toEqual(['one']);
    expect([...(await workshop.project()).snapshot.catalog.tools.keys()]).toEqual(['one', 'two']);
  });

  test('does not include the vault: a secret that is set between two runs reaches the second', async () => {
    workshop = await Workshop.open({ 'tools/one.yaml': 'secrets: [A]\nsteps: [{id: a, run: "echo ${#A}"}]' });
    const project = await workshop.project();
    expect(await project.run('one').result()).toMatchObject({ problems: [{ code: 'secret/unknown' }] });
    await workshop.set('A', 'value-of-a');
    expect(await project.run('one').result()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a vault that is damaged', () => {
  test('keeps only tools that ask for a secret from running', async () => {
    workshop = await Workshop.open(
      { 'tools/asks.yaml': 'secrets: [A]\nsteps: [{id: a, run: touch ../mark}]', 'tools/free.yaml': OK },
      { A: 'value-of-a' },
    );
    workshop.write('vault/vault.yaml', 'not a vault\n');
    const project = await workshop.project();
    await expect(project.run('asks').result()).rejects.toMatchObject({ code: 'vault/malformed' });
    expect(workshop.marked('mark')).toBe(false);
    expect(await project.run('free').result()).toMatchObject({ status: 'succeeded' });
    await expect(project.plan('free', { group: 'default' })).rejects.toMatchObject({ code: 'vault/malformed' });
  });
});

describe('settings that are wrong', () => {
  test('keep everything from running', async () => {
    workshop = new Workshop({ 'tools/one.yaml': OK, 'lockstep.yaml': 'groop: x\n' });
    const project = await workshop.project();
    await expect(project.plan('one')).rejects.toMatchObject({ code: 'project/config-invalid' });
    await expect(project.run('one').result()).rejects.toMatchObject({ code: 'project/config-invalid' });
  });
});

describe('concurrent runs', () => {
  test('are independent: each has its own arguments, files and masks', async () => {
    workshop = await Workshop.open(
      {
        'tools/say.yaml': `
args: {word: {type: string, sensitive: true}}
secrets: [{name: KEY, as: file}]
outputs: {n: '\${{ steps.a.outputs.n }}'}
steps:
  - {id: a, run: 'echo "$INPUT_WORD"; cat "$KEY" > /dev/null; echo "n=\${#INPUT_WORD}" >> "$LOCKSTEP_OUTPUT"'}
`,
      },
      { KEY: 'value-of-the-key' },
    );
    const project = await workshop.project();
    const runs = Array.from({ length: 20 }, (_, at) =>
      project.run('say', { values: { word: `word-of-run-${'x'.repeat(at)}` } }),
    );
    const outcomes = await Promise.all(runs.map((run) => run.result()));
    expect(outcomes.map(({ outputs }) => outputs.n)).toEqual(runs.map((_, at) => String(12 + at)));
    expect(new Set(outcomes.map(({ run }) => run)).size).toBe(20);
  });

  test('a run has no more processes at a time than its limit, and still ends', async () => {
    const steps = Array.from({ length: 60 }, (_, at) => `  - {id: s${at}, needs: [], run: "true"}`);
    workshop = new Workshop({
      'tools/wide.yaml': `steps:\n${steps.join('\n')}\n`,
      'tools/nested.yaml': `steps:\n${steps
        .map((step) => step.replace('run: "true"', 'uses: wide'))
        .slice(0, 4)
        .join('\n')}\n`,
    });
    const { outcome } = await workshop.run('nested');
    expect(outcome.status).toBe('succeeded');
    expect(outcome.steps.length).toBe(4 * 60 + 4);
  });
});

test('describeAgent shows each tool of an agent with the secrets that it gets through it, and why', async () => {
  workshop = await Workshop.open(
    {
      'tools/deploy.yaml': 'secrets: [A, B]\nsteps: [{id: a, run: "true"}]',
      'tools/notify.yaml': OK,
      'tools/other.yaml': OK,
      'agents/ops.yaml':
        'description: Ops.\ninstructions: Do.\nsecrets: [A]\ntools: [deploy, {name: "n*", approve: always}, missing-*]',
    },
    { A: 'value-of-a', B: 'value-of-b' },
  );
  expect(await describeAgent(await workshop.project(), 'ops')).toEqual({
    name: 'ops',
    description: 'Ops.',
    file: 'agents/ops.yaml',
    instructions: 'Do.',
    secrets: ['A'],
    tools: [
      {
        name: 'deploy',
        approve: 'never',
        secrets: [
          { name: 'A', granted: true, reason: 'granted to tool:deploy' },
          { name: 'B', granted: false, reason: 'the agent ops does not list B under `secrets`' },
        ],
      },
      { name: 'notify', approve: 'always', secrets: [] },
    ],
  });
});
