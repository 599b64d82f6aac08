import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { planAll } from '../../../src/project/authoring/plan-all.ts';
import type { GroupChoice } from '../../../src/project/checking/group-problems.ts';
import { Members } from '../../../src/project/secrets/members.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { Workshop } from '../../rig/workshop.ts';

const DEFINITIONS = {
  'tools/deploy.yaml': 'secrets: [KEY, {name: OPTION, required: false}]\nsteps: [{id: a, run: echo $KEY $OPTION}]',
  'tools/flow.yaml': 'steps: [{id: a, uses: deploy}]',
  'tools/hello.yaml': 'steps: [{id: a, run: echo hello}]',
  'agents/operator.yaml': 'description: x\ninstructions: x\ntools: [deploy, hello]\nsecrets: [KEY, OPTION]',
};

let workshop: Workshop;
/** KEY is in `prod` and in `default`, and only `prod` grants it to the tools; OPTION is in `prod` alone. */
beforeEach(async () => {
  workshop = await Workshop.open(DEFINITIONS);
  await new Members(await workshop.project()).addGroup('prod', false);
  const secrets = new Secrets(await workshop.project());
  for (const name of ['KEY', 'OPTION'])
    await secrets.set(name, Buffer.from('a-secret-value'), { group: 'prod', allow: ['tool:deploy'] });
  return () => workshop[Symbol.dispose]();
});

const setInDefault = async (...allow: string[]) =>
  new Secrets(await workshop.project()).set('KEY', Buffer.from('another-value'), { group: 'default', allow });

async function errors(choice: GroupChoice = {}, env: Record<string, string> = {}): Promise<string[]> {
  const { problems } = await (await workshop.project(env)).check([], workshop.root, choice);
  return problems.flatMap(({ severity, code, message, at }) => {
    const { line, column } = at?.source.position(at.range.start) ?? { line: 0, column: 0 };
    return severity === 'error' ? `${at?.source.path}:${line}:${column} ${code}: ${message}` : [];
  });
}

const MISSING = 'tools/deploy.yaml:3:11 secret/unknown: the group "default" holds no secret "KEY"; another group does';

describe('`check` looks for what a run would need', () => {
  test('in the group of lockstep.yaml, in the one that is named, or in all', async () => {
    expect(await errors()).toEqual([MISSING]);
    expect(await errors({ group: 'prod' })).toEqual([]);
    expect(await errors({}, { LOCKSTEP_GROUP: 'prod' })).toEqual([]);
    expect(await errors({ allGroups: true })).toEqual([MISSING]);
    await setInDefault('tool:deploy');
    for (const choice of [{}, { allGroups: true }]) expect(await errors(choice)).toEqual([]);
  });

  test('also for an agent that asks for secrets of its tools', async () => {
    workshop.write('tools/deploy.yaml', 'steps: [{id: a, run: echo}]\n');
    const agent = 'description: d\ninstructions: i\ntools: [deploy]\nsecrets: [{name: KEY, tools: [deploy]}]\n';
    workshop.write('agents/ops.yaml', agent);
    expect((await errors())[0]).toMatch(
      /^agents\/ops\.yaml:.* the group "default" holds no secret "KEY"; another group does$/,
    );
    expect(await errors({ group: 'prod' })).toEqual([]);
  });

  test('in any group where none is named', async () => {
    rmSync(join(workshop.root, 'lockstep.yaml'));
    expect(await errors()).toEqual([]);
  });

  test('and reports a named group that does not exist', async () => {
    workshop.write('lockstep.yaml', 'maxParallel: 2\ngroup: prodd\n');
    const inFile =
      'lockstep.yaml:2:8 reference/unknown-group: lockstep.yaml names the group "prodd", which the vault does not have';
    expect(await errors()).toEqual([inFile]);
    expect(await errors({ group: 'prod' })).toEqual([inFile]);
    const { problems } = await (await workshop.project()).check();
    expect(problems[0]?.hint).toBe('did you mean "prod"?');
    workshop.write('lockstep.yaml', 'group: prod\n');
    expect((await errors({}, { LOCKSTEP_GROUP: 'nowhere' }))[0]).toContain('LOCKSTEP_GROUP names the group "nowhere"');
  });

  test('without a key', async () => {
    rmSync(join(workshop.env.HOME ?? '', '.config'), { recursive: true });
    expect(await errors()).toEqual([MISSING]);
  });
});

describe('`plan --all`', () => {
  const planned = async (options: Parameters<typeof planAll>[1] = {}) => {
    const { plans, ready, problems } = await planAll(await workshop.project(), options);
    return {
      ready,
      problems: problems.map(({ message }) => message.replace(/:.*/, '')),
      plans: plans.map(({ tool, agent, group }) => `${tool.name} ${agent?.name ?? '-'} ${group}`),
    };
  };

  test('plans every tool by itself and through each agent, each problem once, without a key', async () => {
    await setInDefault();
    rmSync(join(workshop.env.HOME ?? '', '.config'), { recursive: true });
    expect(await planned()).toEqual({
      ready: false,
      problems: [
        'the step "a" of deploy cannot get the secret KEY',
        'the step "a/a" of deploy cannot get the secret KEY',
      ],
      plans: ['deploy - default', 'flow - default', 'hello - null', 'deploy operator default', 'hello operator null'],
    });
    expect(await planned({ group: 'prod' })).toMatchObject({ ready: true });
  });

  test('plans the tools of one agent', async () => {
    expect(await planned({ agent: 'operator', group: 'prod' })).toEqual({
      ready: true,
      problems: [],
      plans: ['deploy operator prod', 'hello operator prod'],
    });
  });

  test('is not ready where a file cannot be read: its tools would not start', async () => {
    workshop.write('tools/broken.yaml', 'kind: tool\nname: [\n');
    const { ready, problems, plans } = await planned({ group: 'prod' });
    expect([ready, problems.length, plans.length]).toEqual([false, 1, 5]);
  });
});
