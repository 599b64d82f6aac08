import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { planReport } from '../../../src/plan/plan-report.ts';
import { convertFiles } from '../../../src/project/authoring/convert.ts';
import { describeAgent } from '../../../src/project/authoring/describe-agent.ts';
import { Members } from '../../../src/project/secrets/members.ts';
import { importValues, previewImport } from '../../../src/project/secrets/secret-import.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const VALUE = 'value-of-the-pat';
/** Says how long the value is, and shows it, so that masking has something to do. */
const READER = 'steps:\n  - {id: main, run: "echo ${#PAT} ${PAT-unset}"}\n';
const OPS = 'tools: [reader, other, both]\nsecrets: [{name: PAT, tools: [reader]}]\n';
const FILES = {
  'tools/reader.yaml': READER,
  'tools/other.yaml': READER,
  'tools/both.yaml': 'steps:\n  - {id: own, run: "echo ${PAT-unset}"}\n  - {id: call, uses: reader}\n',
  'agents/ops.yaml': OPS,
};

/** @param allow absent: what a new secret is granted to when nobody says */
async function open(files: Readonly<Record<string, string>> = FILES, allow?: readonly string[]): Promise<void> {
  workshop = await Workshop.open(files);
  await workshop.set('PAT', VALUE, allow);
}

async function refusal(tool: string, agent?: string): Promise<string> {
  const { outcome } = await workshop.run(tool, { ...(agent !== undefined && { agent }), on: 'host' });
  expect(outcome.steps).toEqual([]);
  return 'problems' in outcome ? (outcome.problems ?? []).map(({ message }) => message).join('\n') : '';
}

const OF_VALUE = `${VALUE.length} ***\n`;
const NOTHING = '0 unset\n';

describe('a secret that an agent asks for', () => {
  test('reaches the tools that it names, masked, by the grant that a new secret gets', async () => {
    await open();
    const { output, outcome } = await workshop.run('reader', { agent: 'ops' });
    expect(output('main')).toBe(OF_VALUE);
    expect(outcome.status).toBe('succeeded');
    const { allow, requestedBy } = await new Secrets(await workshop.project()).show('PAT');
    expect([allow, requestedBy]).toEqual([['agent:ops'], ['agent:ops']]);
  });

  test('reaches no other tool of it, no tool alone, and none that its tools call', async () => {
    await open({ ...FILES, 'agents/ops.yaml': OPS.replace('[reader]}', '[reader, both]}') });
    expect((await workshop.run('other', { agent: 'ops' })).output('main')).toBe(NOTHING);
    expect((await workshop.run('reader')).output('main')).toBe(NOTHING);
    const { output } = await workshop.run('both', { agent: 'ops' });
    expect(output('own')).toBe('***\n');
    expect(output('call/main')).toBe(NOTHING);
  });

  test.each([[['tool:reader']], [['exec']], [['agent:other']], [[]]])(
    'starts nothing where it is granted to %j',
    async (allow) => {
      await open(FILES, allow);
      expect(await refusal('reader', 'ops')).toContain('PAT is not granted to the agent ops, which asks for it');
      expect((await workshop.run('reader')).outcome.status).toBe('succeeded');
    },
  );

  test('may be absent where the agent says so, in a form and under a name that it chooses', async () => {
    const read = 'steps:\n  - {id: main, run: \'if test -n "${WHERE-}"; then wc -c < "$WHERE"; else echo none; fi\'}\n';
    const ops = 'tools: [reader]\nsecrets: [{name: PAT, tools: [read*], env: WHERE, as: file, required: false}]\n';
    await open({ 'tools/reader.yaml': read, 'agents/ops.yaml': ops });
    expect((await workshop.run('reader', { agent: 'ops' })).output('main').trim()).toBe(String(VALUE.length));
    await new Secrets(await workshop.project()).revoke('PAT', ['agent:ops']);
    expect((await workshop.run('reader', { agent: 'ops' })).output('main')).toBe('none\n');
  });

  test('needs an explicit grant under a name which runs code', async () => {
    const ops = 'tools: [reader]\nsecrets: [{name: PAT, tools: [reader], env: BASH_ENV}]\n';
    await open({ 'tools/reader.yaml': READER, 'agents/ops.yaml': ops }, ['agent:ops']);
    expect(await refusal('reader', 'ops')).toContain('no grant says "as:BASH_ENV"');
  });

  test('leaves the ceiling unchanged: the agent cannot get a secret that it does not list', async () => {
    const ops = 'tools: [reader]\nsecrets: [{name: PAT, tools: [reader]}]\n';
    await open({ 'tools/reader.yaml': `secrets: [KEY]\n${READER}`, 'agents/ops.yaml': ops });
    await workshop.set('KEY', 'value-of-the-key', ['*']);
    expect(await refusal('reader', 'ops')).toContain('the agent ops does not list KEY under `secrets`');
  });

  test('is shown by the plan and by the agent as asked for by the agent', async () => {
    await open();
    const project = await workshop.project();
    const secret = { name: 'PAT', askedBy: 'agent', granted: true, reason: 'granted to agent:ops' };
    const { steps } = planReport(await project.plan('reader', { agent: 'ops' }));
    expect(steps[0]?.secrets).toEqual([{ ...secret, env: 'PAT', version: 1 }]);
    expect(planReport(await project.plan('reader', {})).steps[0]?.secrets).toEqual([]);
    const { tools } = await describeAgent(project, 'ops');
    expect(tools.map(({ name, secrets }) => [name, secrets])).toEqual([
      ['both', []],
      ['other', []],
      ['reader', [secret]],
    ]);
  });

  test('is merged with the request of the tool under the same name', async () => {
    await open({ ...FILES, 'tools/reader.yaml': `secrets: [PAT]\n${READER}` }, ['tool:reader']);
    expect((await workshop.run('reader', { agent: 'ops' })).output('main')).toBe(OF_VALUE);
  });

  test.each([
    ['a variable of the tool', 'env: {PAT: plain}\n', OPS, 'reader sets it in `env:`'],
    [
      'another secret of the tool',
      'secrets: [{name: KEY, env: PAT}]\n',
      `${OPS.trimEnd().slice(0, -1)}, KEY]\n`,
      'reader asks for KEY under that name',
    ],
    ['a variable of the agent', '', `${OPS}env: {PAT: plain}\n`, 'the `env:` of the agent sets it'],
  ])('does not accept a variable that is %s', async (_, tool, ops, why) => {
    await open({ ...FILES, 'tools/reader.yaml': tool + READER, 'agents/ops.yaml': ops });
    await workshop.set('KEY', 'value-of-the-key', ['*']);
    expect(await refusal('reader', 'ops')).toContain(`the agent asks for PAT as $PAT, and ${why}`);
    const { problems } = await (await workshop.project()).check();
    expect(problems.map(({ message }) => message)).toContainEqual(expect.stringContaining(why));
    expect((await workshop.run('other', { agent: 'ops' })).outcome.status).toBe('succeeded');
  });
});

describe('in a pinned group a secret that an agent asks for', () => {
  test('is granted to this version of the agent, and the grant ends when the agent or a tool changes', async () => {
    workshop = await Workshop.open(FILES);
    await new Members(await workshop.project()).setPinned('default', true);
    await workshop.set('PAT', VALUE);
    const { allow } = await new Secrets(await workshop.project()).show('PAT');
    expect(allow).toEqual([expect.stringMatching(/^agent:ops@sha256:[0-9a-f]{64}$/)]);
    expect((await workshop.run('reader', { agent: 'ops' })).output('main')).toBe(OF_VALUE);

    workshop.write('agents/ops.yaml', OPS.replace('[reader]}', '[reader, other]}'));
    expect(await refusal('reader', 'ops')).toContain('another form of the agent ops');
    workshop.write('agents/ops.yaml', OPS);
    workshop.write('tools/reader.yaml', READER.replace('unset', 'absent'));
    expect(await refusal('reader', 'ops')).toContain('another form of the agent ops');
  });

  test('is granted in the same way by an import', async () => {
    workshop = await Workshop.open(FILES);
    await new Members(await workshop.project()).setPinned('default', true);
    const project = await workshop.project();
    const values = new Map([['PAT', Buffer.from(VALUE)]]);
    const options = { overwrite: false };
    await importValues(project, values, await previewImport(project, values, options), options);
    expect((await workshop.run('reader', { agent: 'ops' })).output('main')).toBe(OF_VALUE);
  });

  test('is refused to a grant by name, and to a grant to the tool', async () => {
    workshop = await Workshop.open(FILES);
    await new Members(await workshop.project()).setPinned('default', true);
    const project = await workshop.project();
    const digest = project.digest(project.tool('reader'));
    await workshop.set('PAT', VALUE, ['agent:ops', `tool:reader@sha256:${digest}`]);
    expect(await refusal('reader', 'ops')).toContain('PAT is not granted to this form of the agent ops');
  });
});

describe('an agent of Kubiya', () => {
  const TOOLS = 'tools:\n- {name: reader, image: "alpine:3", content: "echo ${#PAT} ${PAT-unset}"}\n';
  const AGENT = '{"name": "A Reader", "ai_instructions": "Look.", "tools": ["reader"], "secrets": ["PAT"]}';

  test('asks for all secrets that it lists', async () => {
    await open({ 'tools/all.yml': TOOLS, 'agents/a.json': AGENT });
    expect((await workshop.run('reader', { agent: 'a-reader', on: 'host' })).output('main')).toBe(OF_VALUE);
    expect((await workshop.run('reader', { on: 'host' })).output('main')).toBe(NOTHING);
    await new Secrets(await workshop.project()).revoke('PAT', ['agent:a-reader']);
    expect(await refusal('reader', 'a-reader')).toContain('PAT is not granted to the agent a-reader');
  });

  test('has the same digest in the native form that convert writes', async () => {
    await open({ 'tools/all.yml': TOOLS, 'agents/a.json': AGENT });
    const before = await workshop.project();
    const digest = before.agentDigest(before.agent('a-reader'));
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const { definitions } = await convertFiles(workshop.root, ['agents/a.json'], workshop.root, undefined);
    rmSync(join(workshop.root, 'agents/a.json'));
    for (const { text } of definitions) workshop.write('agents/a-reader.yaml', text.replace(/^#.*\n/, ''));
    const after = await workshop.project();
    expect(after.agentDigest(after.agent('a-reader'))).toBe(digest);
  });
});
