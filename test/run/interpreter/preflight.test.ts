import { mkdirSync, symlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { RunOptions } from '../../../src/project/runs/call-options.ts';
import type { ProblemReport } from '../../../src/text/problem-report.ts';
import { type Told, type Values, Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

function problemsOf({ outcome }: Told): readonly ProblemReport[] {
  return 'problems' in outcome ? outcome.problems : [];
}

/** Runs `main`, whose first step would leave a mark, and holds that it did not. */
async function refused(files: Record<string, string>, values: Values = {}, options: RunOptions = {}) {
  workshop = await Workshop.open(files, values);
  workshop.keepPrograms('bash', 'sh', 'touch', 'true');
  const told = await workshop.run('main', options);
  expect(told.outcome).toMatchObject({ run: null, tool: 'main', status: 'failed', steps: [], outputs: {} });
  expect(told.events).toEqual([]);
  expect(workshop.marked('mark')).toBe(false);
  return problemsOf(told);
}

/** A first step that any start would run. */
const MARK = `- {id: first, run: 'touch ../mark'}`;
const code = ({ code }: ProblemReport) => code;

test('everything that keeps a run from starting is reported together, and nothing is started', async () => {
  const problems = await refused(
    {
      'tools/main.yaml': `
args: {count: {type: integer}, needed: {type: string}, other: {type: string, maxLength: 2}}
steps:
  ${MARK}
  - {id: secret, needs: [], secrets: [MISSING, UNGRANTED], run: 'true'}
  - {id: shell, needs: [], shell: 'no-such-shell {0}', run: 'true'}
  - {id: folder, needs: [], workdir: not/there, run: 'true'}
  - {id: call, needs: [], uses: boxed}
`,
      'tools/boxed.yaml': `image: alpine\nsteps: [{id: inside, run: 'true'}]`,
    },
    {},
    { values: { count: 'many', unknown: 1, other: 'long' } },
  );
  expect(problems.map(code).sort()).toEqual([
    'args/invalid',
    'args/invalid',
    'args/missing',
    'args/unknown',
    'run/executable',
    'run/executor',
    'run/workdir',
    'secret/unknown',
    'secret/unknown',
  ]);
});

describe('each names the tool, the step, what is wrong, and what to do next', () => {
  test('an ungranted secret, and a secret that does not exist', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `steps: [${MARK.slice(2)}, {id: use, secrets: [A, B], run: 'true'}]`,
    });
    await workshop.set('A', 'value-of-a', ['tool:another']);
    const problems = problemsOf(await workshop.run('main'));
    expect(problems).toMatchObject([
      {
        code: 'secret/ungranted',
        severity: 'error',
        message: 'the step "use" of main cannot get the secret A: A is not granted to main',
        hint: 'lockstep secret grant A --to tool:main --group default',
        file: 'tools/main.yaml',
        line: 3,
      },
      {
        code: 'secret/unknown',
        message: 'the step "use" of main cannot get the secret B: the group "default" holds no B',
        hint: 'lockstep secret set B --group default',
      },
    ]);
    expect(workshop.marked('mark')).toBe(false);
  });

  test.each([
    ['not there', 'nowhere', 'the working directory "nowhere" does not exist'],
    ['outside', '../..', 'the working directory "../.." lies outside the repository'],
    ['absolute', '/etc', 'the working directory "/etc" lies outside the repository'],
    ['a link to the outside', 'link', 'the working directory "link" lies outside the repository'],
    ['a file', 'lockstep.yaml', 'the working directory "lockstep.yaml" is not a directory'],
  ])('a working directory: %s', async (_, workdir, said) => {
    workshop = new Workshop({
      'tools/main.yaml': `steps: [${MARK.slice(2)}, {id: there, workdir: ${workdir}, run: 'true'}]`,
      'lockstep.yaml': 'definitions: [tools]\n',
    });
    symlinkSync('/etc', join(workshop.root, 'link'));
    const problems = problemsOf(await workshop.run('main'));
    expect(problems).toMatchObject([{ code: 'run/workdir', message: `the step "there" of main: ${said}` }]);
    expect(workshop.marked('mark')).toBe(false);
  });

  test('an interpreter, looked for in the place where the step will run', async () => {
    workshop = new Workshop({
      'tools/main.yaml': `
steps:
  - {id: found, workdir: sub, shell: './own.sh {0}', run: 'x'}
  - {id: lost, shell: './own.sh {0}', run: 'x'}
`,
    });
    mkdirSync(join(workshop.root, 'sub'));
    workshop.write('sub/own.sh', '');
    const { chmodSync } = await import('node:fs');
    chmodSync(join(workshop.root, 'sub/own.sh'), 0o755);
    expect(problemsOf(await workshop.run('main'))).toMatchObject([
      {
        code: 'run/executable',
        message: 'the step "lost" of main needs ./own.sh, which is not installed',
        hint: expect.stringContaining('/usr/bin'),
      },
    ]);
  });

  test('an image: the host never stands in for it', async () => {
    const [problem] = await refused({ 'tools/main.yaml': `image: alpine\nsteps: [${MARK.slice(2)}]` });
    expect(problem).toMatchObject({
      code: 'run/executor',
      message: 'the step "first" of main wants a container, and neither podman nor docker is installed',
    });
  });

  test('a value that no variable can carry: NUL, or invalid UTF-8; as a file it is allowed', async () => {
    const values = { NUL: 'binary\0value', BYTES: Buffer.from([0xff, 0xfe, 0x80]) };
    const problems = await refused(
      {
        'tools/main.yaml': `
steps:
  ${MARK}
  - {id: use, secrets: [NUL, BYTES, {name: NUL, as: file, env: FINE}], run: 'true'}
`,
      },
      values,
    );
    expect(problems).toMatchObject(
      ['NUL', 'BYTES'].map((name) => ({
        code: 'secret/variable',
        message: `the step "use" of main: ${name} holds bytes that no variable can carry; ask for it with \`as: file\``,
      })),
    );
    expect(JSON.stringify(problems)).not.toContain('binary');
  });

  test('a value larger than a variable can be', async () => {
    const [large] = await refused(
      { 'tools/main.yaml': `steps: [${MARK.slice(2)}, {id: use, secrets: [LARGE], run: 'true'}]` },
      { LARGE: 'x'.repeat(128 * 1024 - 'LARGE='.length) },
    );
    expect(large).toMatchObject({
      code: 'secret/variable',
      message: 'the step "use" of main: LARGE is larger than a variable can be; ask for it with `as: file`',
    });
  });

  test('an argument that contains itself', async () => {
    const pit = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as [];
    const problems = await refused(
      { 'tools/main.yaml': `args: {list: {type: array, sensitive: true}}\nsteps: [${MARK.slice(2)}]` },
      {},
      { values: { list: pit } },
    );
    expect(problems).toMatchObject([
      { code: 'args/invalid', message: 'the argument "list" of main is nested deeper than 64 levels' },
    ]);
  });

  test('an argument with a NUL character', async () => {
    const problems = await refused(
      { 'tools/main.yaml': `args: {text: {type: string}, list: {type: array}}\nsteps: [${MARK.slice(2)}]` },
      {},
      { values: { text: 'a\0hunter2', list: ['fine\0here'] } },
    );
    expect(problems).toEqual([
      {
        code: 'args/invalid',
        severity: 'error',
        message: 'the argument "text" of main holds a NUL character, which a variable cannot hold',
      },
    ]);
  });
});

describe('problems that do not keep a tool from starting', () => {
  test('problems of other files', async () => {
    workshop = new Workshop({
      'tools/main.yaml': 'steps: [{id: a, run: "true"}]',
      'tools/broken.yaml': 'kind: tool\nname: [',
      'tools/cycle.yaml': 'steps: [{id: a, uses: cycle}]',
      'agents/bad.yaml': 'tools: 7',
    });
    const told = await workshop.run('main');
    expect(problemsOf(told)).toEqual([]);
    expect(told.outcome.status).toBe('succeeded');
  });

  test('what a step, or a call, would need that its `if` skips', async () => {
    workshop = new Workshop({
      'tools/main.yaml': `
steps:
  - {id: no, if: false, shell: no-such-shell, workdir: nowhere, run: x}
  - {id: never, if: false, uses: boxed}
  - {id: yes, run: 'true'}
`,
      'tools/boxed.yaml': `image: alpine\nsteps: [{id: inside, run: 'true'}]`,
    });
    expect((await workshop.run('main')).ends).toEqual({
      no: 'skipped: condition',
      never: 'skipped: condition',
      yes: 'succeeded',
    });
  });
});

test('a fault in a called tool does keep its caller from starting', async () => {
  const problems = await refused({
    'tools/main.yaml': `steps: [${MARK.slice(2)}, {id: call, uses: other}]`,
    'tools/other.yaml': 'kind: tool\nname: other\nstepz: []\nsteps: [{id: a, run: x}]',
  });
  expect(problems).toMatchObject([{ file: 'tools/other.yaml', code: 'schema/unknown-key' }]);
});

describe('approval', () => {
  const files = {
    'tools/main.yaml': `steps: [${MARK.slice(2)}]`,
    'agents/ops.yaml': 'description: x\ninstructions: x\ntools: [{name: main, approve: always}]',
  };

  test('fails closed when no one can be asked', async () => {
    workshop = await Workshop.open(files);
    const run = (await workshop.project()).run('main', { agent: 'ops' });
    await expect(run.result()).rejects.toMatchObject({
      code: 'run/not-approved',
      message:
        'the agent ops wants approval for each call of main, and there is no terminal to ask at; nothing was started',
    });
    expect(workshop.marked('mark')).toBe(false);
  });

  test('fails closed: the answer is no', async () => {
    workshop = await Workshop.open(files);
    const { outcome } = await workshop.run('main', { agent: 'ops', approve: () => Promise.resolve(false) });
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: { why: 'not-approved', detail: `${userInfo().username} said no` },
    });
    expect(workshop.marked('mark')).toBe(false);
  });

  test('is asked for once everything else is right', async () => {
    workshop = await Workshop.open(files);
    const asked: string[] = [];
    const approve = async (question: string) => asked.push(question) > 0;
    const wrong = await workshop.run('main', { agent: 'ops', values: { no: 1 }, approve });
    expect(problemsOf(wrong).map(code)).toEqual(['args/unknown']);
    expect(asked).toEqual([]);
    expect((await workshop.run('main', { agent: 'ops', approve })).outcome.status).toBe('succeeded');
    expect(asked).toEqual(['The agent ops calls main. Run it?']);
  });

  test('is not asked for without the agent', async () => {
    workshop = await Workshop.open(files);
    expect((await workshop.run('main')).outcome.status).toBe('succeeded');
  });
});

describe('a tool that an agent may not use', () => {
  test('is refused, and so is a secret above its ceiling', async () => {
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `secrets: [A]\nsteps: [${MARK.slice(2)}]`,
        'agents/ops.yaml': 'description: x\ninstructions: x\ntools: [other-*]',
        'tools/other-one.yaml': `steps: [${MARK.slice(2)}]`,
      },
      { A: 'value-of-a' },
    );
    expect(problemsOf(await workshop.run('main', { agent: 'ops' }))).toMatchObject([
      { code: 'reference/unknown-tool', message: 'the agent ops does not list the tool main' },
      { code: 'secret/ungranted', hint: 'add A to `secrets:` of the agent ops' },
    ]);
    expect(workshop.marked('mark')).toBe(false);
  });
});

test('a step without network is refused where no sandbox can keep it from one', async () => {
  const problems = await refused({
    'tools/main.yaml': `network: none\nsteps:\n  ${MARK}\n  - {id: open, network: open, run: 'true'}`,
  });
  expect(problems).toMatchObject([
    {
      code: 'run/executor',
      message: 'the step "first" of main wants a sandbox, and bubblewrap is not installed',
      line: 5,
    },
  ]);
});

test('a step’s own image is refused like the tool’s, and never replaced by the host', async () => {
  const problems = await refused({
    'tools/main.yaml': `steps:\n  ${MARK}\n  - {id: inside, image: alpine, run: 'true'}`,
  });
  expect(problems).toMatchObject([{ code: 'run/executor', line: 5 }]);
});
