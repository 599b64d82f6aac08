import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { Workshop } from '../../rig/workshop.ts';

const no = async () => false;
const DEPLOY = `args: {env: {type: string}, pin: {type: string, sensitive: true, default: canary-pin}}
secrets: [TOKEN]
steps:
  - {id: build, secrets: [], run: 'echo built >> marks'}
  - {id: push, description: Push it out, approve: always, run: 'echo pushed >> marks'}
  - {id: tell, run: 'echo told >> marks'}
`;
const marks = (root: string) => (existsSync(join(root, 'marks')) ? readFileSync(join(root, 'marks'), 'utf8') : '');

async function deployer(): Promise<Workshop> {
  return Workshop.open({ 'tools/deploy.yaml': DEPLOY }, { TOKEN: 'canary-token' });
}

describe('a step that needs approval', () => {
  test('starts after a yes; the question shows what it does, with its arguments, and never a value', async () => {
    using workshop = await deployer();
    const questions: string[] = [];
    const approve = async (question: string) => {
      questions.push(question);
      expect(marks(workshop.root)).toBe('built\n');
      return true;
    };
    const { outcome, events } = await workshop.run('deploy', { approve, values: { env: 'has canary-token in it' } });
    expect(outcome.status).toBe('succeeded');
    expect(questions).toEqual([
      'The step "push" wants approval; Push it out; deploy has env="has *** in it" pin=***; it gets TOKEN. Run it?',
    ]);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['step-waiting', 'step-answered']));
    expect(JSON.stringify(events)).not.toMatch(/canary/);
  });

  test('does not start after a no, and neither do the steps after it', async () => {
    using workshop = await deployer();
    const { outcome, ends } = await workshop.run('deploy', { approve: no, values: { env: 'x' } });
    expect([outcome.status, ends]).toEqual([
      'failed',
      { build: 'succeeded', push: 'failed: not-approved', tell: 'skipped: ancestor' },
    ]);
    expect(marks(workshop.root)).toBe('built\n');
  });

  test('keeps the whole run from starting where no person can be asked', async () => {
    using workshop = await deployer();
    const refused = await workshop.run('deploy', { values: { env: 'x' } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LockstepError);
    expect(refused).toMatchObject({
      code: 'run/not-approved',
      message: expect.stringContaining('nothing was started'),
    });
    expect(marks(workshop.root)).toBe('');
  });

  test('that only turns out to be needed later fails where no person can be asked', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: a, run: 'exit 3'}
  - {id: undo, if: failure(), approve: always, run: 'echo undone >> marks'}
`,
    });
    const { ends } = await workshop.run('main');
    expect(ends).toEqual({ a: 'failed: exit-code', undo: 'failed: not-approved' });
    expect(marks(workshop.root)).toBe('');
  });

  test('is asked about once for all its items and attempts, and not at all where its `if` is false', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: never, if: false, approve: always, run: 'exit 1'}
  - {id: each, approve: always, forEach: '\${{ fromJSON(''[1,2]'') }}', retry: {limit: 1, delay: 1ms}, run: 'echo $ITEM >> marks; exit 1'}
`,
    });
    let asked = 0;
    await workshop.run('main', { approve: async () => ++asked > 0 });
    expect([asked, marks(workshop.root).split('\n').sort()]).toEqual([1, ['', '1', '1', '2', '2']]);
  });

  test('may be a call, anywhere in the call tree of the agent that lists it with approval', async () => {
    using workshop = await Workshop.open({
      'tools/main.yaml': `steps: [{id: go, uses: wipe}]`,
      'tools/asks.yaml': `steps: [{id: go, approve: always, uses: wipe}]`,
      'tools/wipe.yaml': `steps: [{id: wipe, run: 'echo wiped >> marks'}]`,
      'agents/ops.yaml': 'description: x\ninstructions: x\ntools: [main, asks, {name: wipe, approve: always}]',
    });
    const asks = await workshop.run('asks', { agent: 'ops', approve: no });
    expect([asks.ends, marks(workshop.root)]).toEqual([{ go: 'failed: not-approved' }, '']);
    expect((await workshop.run('main', { agent: 'ops', approve: no })).ends).toEqual({ go: 'failed: not-approved' });
    expect((await workshop.run('main', { approve: no })).outcome.status).toBe('succeeded');
    const { outcome } = await workshop.run('wipe', { agent: 'ops', approve: no });
    expect(outcome).toMatchObject({ status: 'failed', steps: [], reason: { why: 'not-approved' } });
    expect(marks(workshop.root)).toBe('wiped\n');
  });

  test('stops waiting once the run is cancelled', async () => {
    using workshop = await deployer();
    const cancel = new AbortController();
    const approve = (_: string, signal: AbortSignal) =>
      new Promise<boolean>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        cancel.abort();
      });
    const { ends } = await workshop.run('deploy', { approve, signal: cancel.signal, values: { env: 'x' } });
    expect(ends).toMatchObject({ push: 'cancelled: cancelled', tell: 'cancelled: cancelled' });
  });

  test('stops waiting for a person who never answers, once the run is cancelled', async () => {
    using workshop = await deployer();
    const cancel = new AbortController();
    const approve = () => {
      cancel.abort();
      return new Promise<boolean>(() => undefined);
    };
    const { ends } = await workshop.run('deploy', { approve, signal: cancel.signal, values: { env: 'x' } });
    expect(ends).toMatchObject({ push: 'cancelled: cancelled' });
  });

  test('whose question throws reports a bug, and does not count as approved', async () => {
    using workshop = await deployer();
    const bug = new Error('a bug');
    const run = workshop.run('deploy', { approve: () => Promise.reject(bug), values: { env: 'x' } });
    await expect(run).rejects.toBe(bug);
    expect(marks(workshop.root)).toBe('built\n');
  });

  const LIMITED = `timeout: 1m
steps:
  - {id: a, approve: always, run: 'echo a >> marks'}
`;

  test('uses no time of the tool, of the step that calls it, or of the run while it waits', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': 'timeout: 1m\nsteps: [{id: go, uses: inner, timeout: 1m}]\n',
      'tools/inner.yaml': LIMITED,
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
    onTestFinished(() => void vi.useRealTimers());
    const approve = async () => {
      vi.advanceTimersByTime(60 * 60_000);
      return true;
    };
    const { ends } = await workshop.run('main', { approve, timeoutMs: 60_000 });
    expect(ends).toEqual({ go: 'succeeded', 'go/a': 'succeeded' });
  });

  test('is asked about one question after the other, each with its own answer', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: a, approve: always, run: 'echo a >> marks'}
  - {id: b, needs: [], approve: always, run: 'echo b >> marks'}
`,
    });
    const { ends } = await workshop.run('main', { approve: async (question) => question.includes('"b"') });
    expect([ends, marks(workshop.root)]).toEqual([{ a: 'failed: not-approved', b: 'succeeded' }, 'b\n']);
  });
});

const PAIR = `kind: tool
name: pair
description: Two that want approval.
steps:
  - {id: one, approve: always, run: 'echo one >> marks'}
  - {id: two, needs: [], approve: always, run: 'echo two >> marks'}
  - {id: end, needs: [one], run: 'echo end >> marks'}
`;

describe('runs approve', () => {
  async function waiting(repository: Repository, ...args: string[]) {
    const running = new RunningProgram(repository, ['run', ...args, '--await-approval']);
    await running.until('wants approval');
    return running;
  }
  const named = async (repository: Repository) =>
    JSON.parse(await repository.must(['runs', 'list', '--status', 'waiting', '--json'])).runs[0].run as string;

  test('starts the waiting steps one by one, and denies with a reason that is kept', async () => {
    using repository = new Repository({ 'tools/pair.yaml': PAIR });
    await using running = await waiting(repository, 'pair');
    await running.until('two | waits for approval');
    const run = await named(repository);
    const which = await repository.lockstep(['runs', 'approve', run, '--yes']);
    expect(which.stderr).toContain('more than one step of the run');
    expect(which.stderr).toContain(`lockstep runs approve ${run} --step two`);
    const asks = await repository.lockstep(['runs', 'approve', run, '--step', 'one']);
    expect([asks.code, asks.stderr]).toEqual([3, expect.stringContaining('--yes')]);
    expect(await repository.must(['runs', 'approve', run, '--step', 'one', '--yes'])).toBe(`approved one of ${run}\n`);
    await running.until('one | approved by');
    const denied = await repository.must(['runs', 'approve', run, '--deny', '--reason', 'not on a Friday']);
    expect(denied).toBe(`denied two of ${run}\n`);
    expect(await running.until('failed pair')).toContain(
      `two | failed: not approved: ${userInfo().username} said no: not on a Friday`,
    );
    expect([await running.ended, marks(repository.root)]).toEqual([1, 'one\nend\n']);
    const late = await repository.lockstep(['runs', 'approve', run, '--yes']);
    expect(late.stderr).toContain('is not waiting for approval');
  });

  test('also works for a killed run: it is resumed with the answer, and asks no answered question again', async () => {
    using repository = new Repository({ 'tools/pair.yaml': PAIR.replace(', needs: [], approve: always', '') });
    const running = await waiting(repository, 'pair');
    const run = await named(repository);
    running.signal('SIGKILL');
    await running.ended;
    const shown = await repository.must(['runs', 'show', run]);
    expect(shown).toContain('The step "one" wants approval');
    await repository.must(['runs', 'approve', run, '--yes']);
    const second = await repository.lockstep(['runs', 'approve', run, '--deny']);
    expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/has been approved by .* already/)]);
    const nobody = await repository.lockstep(['runs', 'resume', run]);
    expect(nobody.stderr).toContain(`lockstep runs resume ${run} --await-approval`);
    expect(await repository.must(['runs', 'resume', run, '--await-approval'])).toContain('ok pair');
    expect(marks(repository.root).split('\n').sort()).toEqual(['', 'end', 'one', 'two']);
  });

  test('has no effect after changed definitions: the run asks again', async () => {
    const text = PAIR.replace(', needs: [], approve: always', '').replace(
      'echo one >>',
      'test -e go || kill -9 $PPID; echo one >>',
    );
    using repository = new Repository({ 'tools/pair.yaml': text });
    const running = await waiting(repository, 'pair');
    const run = await named(repository);
    await repository.must(['runs', 'approve', run, '--yes']);
    expect(await running.ended).toBe(null);
    writeFileSync(join(repository.root, 'go'), '');
    repository.write('tools/pair.yaml', text.replace('Two that', 'Those that'));
    await using resumed = new RunningProgram(repository, ['runs', 'resume', run, '--await-approval', '--with-changes']);
    await resumed.until('one | waits for approval');
    await repository.must(['runs', 'approve', run, '--yes']);
    await resumed.until('ok pair');
  });

  test('`runs show` says who approved the step last, and whether the tool has changed since', async () => {
    const text = 'kind: tool\nname: asks\nsteps: [{id: go, approve: always, run: echo one}]\n';
    using repository = new Repository({ 'tools/asks.yaml': text });
    const shown = () => repository.must(['runs', 'show', 'last']);
    const first = await waiting(repository, 'asks');
    expect(await shown()).toContain('never approved before in the runs that are kept');
    await repository.must(['runs', 'approve', 'last', '--yes']);
    expect(await first.ended).toBe(0);
    await using second = await waiting(repository, 'asks');
    expect(await shown()).toMatch(/last approved by \S+ on \S+ in \S+; the tool has not changed since/);
    await repository.must(['runs', 'approve', 'last', '--deny', '--reason', 'try the next']);
    expect(await second.ended).toBe(1);
    repository.write('tools/asks.yaml', text.replace('one', 'two'));
    await using third = await waiting(repository, 'asks');
    expect(await shown()).toContain('the tool has changed since');
    third.signal('SIGTERM');
    await third.ended;
  });

  const AGENT =
    'kind: agent\nname: ops\ndescription: x\ninstructions: x\nsecrets: [TOKEN]\ntools: [{name: use, approve: always}]\n';

  async function called(args: string): Promise<Repository> {
    const repository = new Repository({
      'tools/use.yaml': `kind: tool\nname: use\nargs: ${args}\nsecrets: [TOKEN]\nsteps: [{id: a, run: 'echo "$INPUT_TO: $TOKEN"'}]\n`,
      'agents/ops.yaml': AGENT,
    });
    await repository.must(['init']);
    await repository.must(['secret', 'set', 'TOKEN'], 'canary-of-the-vault');
    return repository;
  }
  const call = (repository: Repository, to: string) =>
    new RunningProgram(repository, ['run', 'use', '--agent', 'ops', '--await-approval', '--arg', `to=${to}`]);

  test('answers the question that is open, also after a timeout dropped an earlier one', async () => {
    using repository = new Repository({
      'tools/outer.yaml':
        'kind: tool\nname: outer\ndescription: x\nsteps: [{id: go, uses: inner, retry: {limit: 1, delay: 1ms}}]\n',
      'tools/inner.yaml': `kind: tool
name: inner
description: x
timeout: 5s
steps:
  - {id: slow, run: '[ -e second ] || { touch second; sleep 60; }'}
  - {id: ask, if: '\${{ always() }}', approve: always, run: 'echo asked >> marks'}
`,
    });
    const running = await waiting(repository, 'outer');
    await repository.must(['runs', 'approve', await named(repository), '--yes']);
    await running.until('ok outer');
    expect(marks(repository.root)).toBe('asked\n');
  });

  test('of an agent’s call shows its arguments, and no value', async () => {
    using repository = await called('{to: {type: string}, pin: {type: string, sensitive: true, default: canary-pin}}');
    const to = 'me,\u001b[2J canary-of-the-vault';
    await using running = call(repository, to);
    const asked = await running.until('Run it?');
    expect(asked).toContain('The agent ops calls use with to="me,\\u001b[2J ***" pin=***; it gets TOKEN. Run it?');
    expect(await repository.must(['runs', 'approve', await named(repository), '--yes', '--json'])).toContain(
      '"approved":true',
    );
    await running.until('ok use');
    await using second = call(repository, to);
    await second.until('Run it?');
    await repository.must(['runs', 'approve', await named(repository), '--deny', '--reason', 'not now']);
    expect(await second.until('(no step ran;')).toContain(
      `failed use: not approved: ${userInfo().username} said no: not now`,
    );
    expect(await second.ended).toBe(1);
    const shown = JSON.parse(await repository.must(['runs', 'list', '--json']));
    expect(shown.runs.map(({ status }: { status: string }) => status)).toEqual(['failed', 'succeeded']);
    const { records } = JSON.parse(await repository.must(['audit', 'list', '--json']));
    const uses = records.filter(({ action }: { action: string }) => ['use', 'outcome'].includes(action));
    expect(uses.map(({ action, detail }: { action: string; detail?: string }) => detail ?? action)).toEqual([
      ...['use', 'succeeded', 'use', 'failed'],
    ]);
  });

  test("of an agent's call outlives the process that asked, and so do its arguments", async () => {
    using repository = await called('{to: {type: string}}');
    const running = call(repository, 'me');
    await running.until('Run it?');
    const run = await named(repository);
    running.signal('SIGKILL');
    await running.ended;
    await repository.must(['runs', 'approve', run, '--yes']);
    const resumed = await repository.must(['runs', 'resume', run, '--await-approval']);
    expect(resumed).toMatch(/me: \*\*\*\n(?:.*\n)*ok use/);
  });

  const TARGET = `kind: tool
name: deploy
description: Waits to be killed.
args: {target: {type: string}}
steps: [{id: push, approve: always, run: 'echo "$INPUT_TARGET" >> marks; while [ -e tools ] && ! [ -e go ]; do sleep 0.02; done'}]
`;

  test('counts for the question that was asked: a resumed run continues with its own arguments', async () => {
    using repository = new Repository({ 'tools/deploy.yaml': TARGET });
    const running = await waiting(repository, 'deploy', '--arg', 'target=staging');
    const run = await named(repository);
    await repository.must(['runs', 'approve', run, '--yes']);
    await running.until('approved by');
    running.signal('SIGKILL');
    await running.ended;
    writeFileSync(join(repository.root, 'go'), '');
    const other = await repository.lockstep(['runs', 'resume', run, '--await-approval', '--arg', 'target=PRODUCTION']);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('keeps the argument "target"')]);
    expect(await repository.must(['runs', 'resume', run, '--await-approval'])).toContain('ok deploy');
    expect(marks(repository.root)).not.toContain('PRODUCTION');
  });

  test('an answer from before a called tool was retried does not count afterwards', async () => {
    using repository = new Repository({
      'tools/outer.yaml':
        'kind: tool\nname: outer\ndescription: x\nsteps: [{id: c, uses: inner, retry: {limit: 3, delay: 1ms}}]\n',
      'tools/inner.yaml':
        "kind: tool\nname: inner\ndescription: x\nsteps: [{id: push, approve: always, run: 'echo pushed >> marks'}, {id: later, run: test -e go}]\n",
    });
    const running = await waiting(repository, 'outer');
    const run = await named(repository);
    await repository.must(['runs', 'approve', run, '--yes']);
    await running.until('attempt 2');
    await running.until('wants approval');
    running.signal('SIGKILL');
    await running.ended;
    await repository.must(['runs', 'approve', run, '--deny', '--reason', 'never again']);
    writeFileSync(join(repository.root, 'go'), '');
    const { stdout } = await repository.lockstep(['runs', 'resume', run, '--await-approval']);
    expect([stdout, marks(repository.root)]).toEqual([expect.stringContaining('never again'), 'pushed\n']);
  });
});

test('a run whose time limit is over asks no questions', async () => {
  using workshop = new Workshop({
    'tools/main.yaml':
      "timeout: 200ms\nsteps: [{id: s, run: sleep 100}, {id: clean, if: always(), approve: always, run: 'echo cleaned >> marks'}]",
  });
  const { outcome, step } = await workshop.run('main', { awaitApproval: true });
  expect([outcome.status, step('clean')?.status, marks(workshop.root)]).toEqual(['failed', 'cancelled', '']);
});

test('of a call shows the arguments that it passes, and of a forEach the items', async () => {
  using workshop = new Workshop({
    'tools/main.yaml': `steps:
  - {id: one, approve: always, uses: push, with: {what: from the caller, pin: canary-pin}}
  - {id: each, approve: always, forEach: '\${{ fromJSON("[1,2]") }}', run: 'echo $ITEM'}
`.replaceAll('"[1,2]"', "''[1,2]''"),
    'tools/push.yaml':
      "args: {what: {type: string}, pin: {type: string, sensitive: true}}\nsteps: [{id: a, run: 'true'}]\n",
  });
  const asked: string[] = [];
  await workshop.run('main', { approve: async (question) => asked.push(question) > 0 });
  expect(asked).toEqual([
    'The step "one" wants approval; it calls push with what="from the caller" pin=***. Run it?',
    `The step "each" wants approval; for each of fromJSON('[1,2]'). Run it?`,
  ]);
});

test('no value in a question can pass for part of it, and none hides its end behind blanks', async () => {
  using workshop = await deployer();
  const asked: string[] = [];
  const approve = async (question: string) => asked.push(question) < 0;
  for (const env of ['me; it gets nothing. Run it?', `ls${' '.repeat(100)}; rm -rf /`, 'v1.2'])
    await workshop.run('deploy', { approve, values: { env } });
  const shown = asked.map((question) => /deploy has (.*); it gets TOKEN\. Run it\?$/.exec(question)?.[1]);
  expect(shown).toEqual([
    'env="me; it gets nothing. Run it?" pin=***',
    'env="ls ; rm -rf /" pin=***',
    'env=v1.2 pin=***',
  ]);
});

test('a question is one line, and a terminal obeys no part of it', async () => {
  using workshop = await deployer();
  let asked = '';
  const approve = async (question: string) => {
    asked = question;
    return false;
  };
  await workshop.run('deploy', { approve, values: { env: '\u001b[2J\u0008\u202e\nx' } });
  expect(asked).toContain(String.raw`env="\u001b[2J\b\u202e x"`);
});
