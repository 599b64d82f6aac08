import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readJournal } from '../../../src/engine/read-journal.ts';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { mountSmallDisk, smallDiskObstacle } from '../../util/small-disk.ts';

const KILLS = process.env.LONG ? 1_000 : 50;

/** Each step leaves a mark whenever it is run, and says a line. */
const step = (id: string, more = '', outputs = 'v=$STEP') =>
  `  - {id: ${id}, ${more}env: {STEP: ${id}}, run: 'echo $STEP$ITEM >> marks; echo "at $STEP$ITEM"; echo "${outputs}" >> $LOCKSTEP_OUTPUT'}\n`;
const GRAPH = `kind: tool
name: main
description: All that a step can be.
args: {who: {type: string, default: nobody}}
steps:
${step('first')}${step('left', 'needs: [first], ')}${step('right', 'needs: [first], ')}${step('each', "needs: [first], forEach: '${{ fromJSON(''[10,20,30,40]'') }}', maxParallel: 2, ", 'v=$ITEM')}\
  - {id: call, needs: [left], uses: sub, with: {v: '\${{ steps.left.outputs.v }}'}}
${step('never', 'needs: [first], if: false, ')}${step('last', 'needs: [right, each, call, never], ')}outputs:
  all: '\${{ steps.last.outputs.v }} \${{ steps.each.outputs.v }} \${{ steps.call.outputs.v }}'
---
kind: tool
name: sub
description: What another calls.
args: {v: {type: string}}
steps:
${step('in')}${step('out')}outputs: {v: '\${{ args.v }} \${{ steps.out.outputs.v }}'}
`;
const LINES = 9;

function runNames(repository: Repository): string[] {
  return readdirSync(join(repository.place, 'state/runs'))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -6))
    .sort();
}

const journalOf = (repository: Repository, run: string) => join(repository.place, `state/runs/${run}.jsonl`);
const marks = (repository: Repository) => readFileSync(join(repository.root, 'marks'), 'utf8').split('\n').sort();

/** The marks that a recorded step has left: one each, whatever comes after. */
const markOf: Readonly<Record<string, string>> = {
  'call/in': 'in',
  'call/out': 'out',
  'each[0]': 'each10',
  'each[1]': 'each20',
  'each[2]': 'each30',
  'each[3]': 'each40',
};

describe('a run that was killed', () => {
  test(`resumes to the same outputs, ${KILLS} times`, { timeout: 60_000 + KILLS * 3_000 }, async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    const whole = JSON.parse(await repository.must(['run', 'main', '--json']));
    expect(whole.outputs.all).toBe('last ["10","20","30","40"] left out');
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      rmSync(join(repository.place, 'state/runs'), { recursive: true });
      writeFileSync(join(repository.root, 'marks'), '');
      await killed(repository, ['run', 'main'], 1 + (kill % LINES), kill % 7);
      const [run = ''] = runNames(repository);
      const before = readJournal(journalOf(repository, run));
      if (before === undefined || before.report !== undefined) continue;
      interrupted += 1;
      if (kill % 3 === 0) await killed(repository, ['runs', 'resume', run], kill % 4, kill % 5);
      const then = readJournal(journalOf(repository, run));
      if (then?.report === undefined) {
        const resumed = JSON.parse(await repository.must(['runs', 'resume', run, '--json']));
        expect(resumed.run).toBe(run);
        expect(resumed.outputs).toEqual(whole.outputs);
        const ids = (report: { steps: { id: string }[] }) => report.steps.map(({ id }) => id).sort();
        expect(ids(resumed)).toEqual(ids(whole));
      }
      for (const path of before.recorded.keys()) {
        const mark = markOf[path] ?? path;
        if (path === 'never' || path === 'call' || path === 'each') continue;
        expect([kill, path, marks(repository).filter((one) => one === mark).length]).toEqual([kill, path, 1]);
      }
    }
    expect(interrupted).toBeGreaterThan(KILLS * 0.7);
  });

  /** After so many lines and turns of the event loop. */
  async function killed(repository: Repository, args: readonly string[], lines: number, turns: number): Promise<void> {
    await using running = new RunningProgram(repository, args);
    try {
      for (let line = 0; line < lines; line += 1) await running.until('at ');
    } catch {
      // It had less left to say.
    }
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    running.signal('SIGKILL');
    await running.ended;
  }
});

const HELD = `kind: tool
name: held
description: Waits for a file.
args: {pin: {type: string, sensitive: true}, note: {type: string, default: n}}
secrets: [TOKEN]
steps:
  - {id: one, run: 'echo "one $TOKEN $INPUT_PIN"; echo "v=$TOKEN" >> $LOCKSTEP_OUTPUT'}
  - {id: two, env: {V: '\${{ steps.one.outputs.v }}'}, run: 'echo waiting; while [ -e tools ] && ! [ -e go ]; do sleep 0.02; done; echo "two $V"'}
`;

async function interruptedRun(...more: string[]): Promise<{ repository: Repository; run: string }> {
  const repository = new Repository({ 'tools/held.yaml': HELD });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], 'canary-of-the-vault');
  await using running = new RunningProgram(repository, [
    'run',
    'held',
    '--arg',
    'pin=canary-pin',
    '--arg',
    'note=canary-of-the-vault!',
    ...more,
  ]);
  await running.until('waiting');
  running.signal('SIGKILL');
  await running.ended;
  writeFileSync(join(repository.root, 'go'), '');
  return { repository, run: runNames(repository)[0] ?? '' };
}

describe('resuming a run', () => {
  test('keeps no value in the journal, and asks again for the values that it did not keep', async () => {
    const { repository, run } = await interruptedRun();
    using _ = repository;
    expect(readFileSync(journalOf(repository, run), 'utf8')).not.toMatch(/canary/);
    const refused = await repository.lockstep(['runs', 'resume', run]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('kept nothing of its argument "pin"') });
    const given = ['--arg', 'pin=canary-pin', '--arg', 'note=x'];
    expect(await repository.must(['runs', 'resume', run.slice(0, 20), ...given])).toContain('two | two ***');
    expect(readFileSync(journalOf(repository, run), 'utf8')).not.toMatch(/canary/);
    const again = await repository.lockstep(['runs', 'resume', run, ...given]);
    expect(again.stderr).toContain('has ended: it succeeded');
  });

  test('starts its full time limit again, unless another limit is given', async () => {
    const { repository, run } = await interruptedRun('--timeout', '10m');
    using _ = repository;
    rmSync(join(repository.root, 'go'));
    const journal = readFileSync(journalOf(repository, run), 'utf8');
    const again = ['runs', 'resume', run, '--arg', 'pin=p', '--arg', 'note=x', '--explain'];
    const said = await repository.lockstep([...again, '--timeout', '50ms']);
    expect([said.code, said.stdout]).toEqual([
      1,
      expect.stringMatching(/timed out after 0.05 s[\s\S]*two {2}ran after one; cancelled$/m),
    ]);
    writeFileSync(journalOf(repository, run), journal.replace('"timeoutMs":600000', '"timeoutMs":60'));
    expect((await repository.lockstep(again)).stdout).toContain('timed out after 0.06 s');
    const wrong = await repository.lockstep([...again, '--timeout', 'soon']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('lockstep runs resume RUN --timeout 10m')]);
  });

  test('uses a default again, even if it is sensitive, and counts only the time in which it ran', async () => {
    using repository = new Repository({
      'tools/held.yaml': HELD.replace(
        '{type: string, sensitive: true}',
        '{type: string, sensitive: true, default: dflt-pin}',
      ).replace('secrets: [TOKEN]\n', ''),
    });
    await using running = new RunningProgram(repository, ['run', 'held']);
    await running.until('waiting');
    running.signal('SIGKILL');
    await running.ended;
    writeFileSync(join(repository.root, 'go'), '');
    const [run = ''] = runNames(repository);
    const journal = readFileSync(journalOf(repository, run), 'utf8');
    expect(journal).not.toContain('dflt-pin');
    writeFileSync(journalOf(repository, run), journal.replaceAll(/"time":"20\d\d/g, '"time":"2001'));
    await repository.must(['runs', 'resume', run]);
    const { durationMs, started } = JSON.parse(await repository.must(['runs', 'show', run, '--json']));
    expect([started.slice(0, 4), durationMs < 3_600_000]).toEqual(['2001', true]);
  });

  test('is refused over changed definitions, unless a flag allows it', async () => {
    const { repository, run } = await interruptedRun();
    using _ = repository;
    repository.write('tools/held.yaml', HELD.replace('echo "two $V"', 'echo "changed $V"'));
    const args = ['runs', 'resume', run, '--arg', 'pin=p', '--arg', 'note=x'];
    const refused = await repository.lockstep(args);
    expect(refused.stderr).toMatch(
      /has changed since the run .* began\n {2}next: git diff, then: lockstep runs resume/,
    );
    expect(await repository.must([...args, '--with-changes'])).toContain('two | changed ***');
  });

  test('tolerates a torn last line, and a line that was inserted', async () => {
    const { repository, run } = await interruptedRun();
    using _ = repository;
    const path = journalOf(repository, run);
    appendFileSync(
      path,
      '{"type":"ended","report":{}}\n{"type":"opened"}\n{"time":"x","type":"run-finished","report":{"steps":[null],"status":"weird"}}\n{"time":"x","type":"ended","report":{"id":"one","status":"failed","durationMs":1,"reason":{"why":"zzz"}},"outputs":{}}\nnull\n[1]\n{"time":1}\n{"time":"x","type":"ended","report":{"id":"tw',
    );
    expect(JSON.parse(await repository.must(['runs', 'show', run, '--json']))).toMatchObject({ interrupted: true });
    expect(await repository.must(['runs', 'resume', run, '--arg', 'pin=p', '--arg', 'note=x'])).toContain('ok held');
    truncateSync(path, 10);
    expect((await repository.lockstep(['runs', 'show', run])).stderr).toContain(`rm '${path}'`);
  });

  test('is done by one process alone', async () => {
    const { repository, run } = await interruptedRun();
    using _ = repository;
    rmSync(join(repository.root, 'go'));
    const args = ['runs', 'resume', run, '--arg', 'pin=p', '--arg', 'note=x'];
    await using first = new RunningProgram(repository, args);
    await first.until('waiting');
    const second = await repository.lockstep(args);
    expect(second.stderr).toContain('is still running');
    expect(JSON.parse(await repository.must(['runs', 'list', '--status', 'running', '--json'])).runs).toHaveLength(1);
    await using follower = new RunningProgram(repository, ['runs', 'logs', run, '--follow']);
    await follower.until('waiting');
    expect(await repository.must(['runs', 'cancel', run])).toContain('cancelling');
    expect(await first.ended).toBe(143);
    expect(await follower.until('cancelled held')).toBeTruthy();
    expect(await follower.ended).toBe(0);
    expect((await repository.lockstep(['runs', 'cancel', run])).stderr).toContain('is not running; nothing to cancel');
  });

  test('a run without room for a journal runs, and reports it', async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    writeFileSync(join(repository.place, 'state'), 'a file');
    const { code, stdout } = await repository.lockstep(['run', 'main']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('no journal is kept')]);
  });

  const LOUD = `kind: tool
name: loud
description: Says much.
steps: [{id: a, shell: python, run: "for _ in range(SIZE): print('x' * 1023)"}]
`;

  test('the log shows where the kept output of a run ends', async () => {
    using repository = new Repository({ 'tools/loud.yaml': LOUD.replace('SIZE', '17 * 1024') });
    await repository.must(['run', 'loud']);
    const [run = ''] = runNames(repository);
    const log = await repository.must(['runs', 'logs', run]);
    expect(log.split('\n').filter((line) => line.includes('was not kept'))).toHaveLength(1);
  });

  test('a run whose disk fills up reports it once', async ({ skip }) => {
    const obstacle = smallDiskObstacle();
    if (obstacle !== '') skip(obstacle);
    using repository = new Repository({ 'tools/loud.yaml': LOUD.replace('SIZE', '500') });
    mkdirSync(join(repository.place, 'state'));
    const unmount = mountSmallDisk(join(repository.place, 'state'), 128);
    try {
      const told = (await repository.must(['run', 'loud'])).split('\n').filter((line) => line.includes('journal'));
      expect(told).toEqual([expect.stringContaining('its journal is no longer kept')]);
    } finally {
      unmount();
    }
  });

  test('the log of a step includes the steps below it; a step without output is an error', async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    await repository.must(['run', 'main']);
    const [run = ''] = runNames(repository);
    const log = async (step: string) => (await repository.must(['runs', 'logs', run, '--step', step])).split('\n');
    expect(await log('call')).toEqual(expect.arrayContaining(['call/in | at in', 'call/out | at out']));
    expect((await log('each')).filter((line) => line.includes('at each'))).toHaveLength(4);
    const none = await repository.lockstep(['runs', 'logs', run, '--step', 'firts']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('did you mean "first"')]);
  });

  test('a pipe in the place of a journal does not make a command wait', async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    await repository.must(['run', 'main']);
    execFileSync('mkfifo', [journalOf(repository, '20990101t000000000-aaaaaa')]);
    expect(JSON.parse(await repository.must(['runs', 'list', '--json'])).runs).toHaveLength(1);
  });

  test('the list names a file that is not a journal, but not a newly created journal', async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    await repository.must(['run', 'main']);
    const [damaged, begun] = ['20990101t000000000-aaaaaa', '20990101t000000000-bbbbbb'];
    writeFileSync(journalOf(repository, damaged), '{"type":"ope');
    writeFileSync(journalOf(repository, begun), '');
    const listed = async () => JSON.parse(await repository.must(['runs', 'list', '--json']));
    const { runs, unreadable } = await listed();
    expect([runs.length, unreadable]).toEqual([1, [journalOf(repository, damaged)]]);
    utimesSync(journalOf(repository, begun), 0, 0);
    expect((await listed()).unreadable).toHaveLength(2);
    const { stderr } = await repository.lockstep(['runs', 'list']);
    expect(stderr).toContain(`note: ${journalOf(repository, damaged)} cannot be read: it is damaged, or a newer`);
  });

  test('a log is one JSON document, or one per line while it is followed', async () => {
    using repository = new Repository({ 'tools/main.yaml': GRAPH });
    await repository.must(['run', 'main']);
    const [run = ''] = runNames(repository);
    const whole = JSON.parse(await repository.must(['runs', 'logs', run, '--step', 'first', '--json']));
    const types = ['step-started', 'output', 'ended'];
    expect([whole.run, whole.lines.map(({ type }: { type: string }) => type)]).toEqual([run, types]);
    const followed = await repository.must(['runs', 'logs', run, '--step', 'first', '--json', '--follow']);
    expect(
      followed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(whole.lines);
  });
});

describe('a retry', () => {
  const FLAKY = `kind: tool
name: flaky
description: Fails until a file is there.
steps:
  - {id: a, run: 'echo a >> marks; echo "v=$(wc -l < marks)" >> $LOCKSTEP_OUTPUT'}
  - {id: b, env: {V: '\${{ steps.a.outputs.v }}'}, run: 'echo b$V >> marks; test -e go'}
  - {id: c, needs: [a], run: 'echo c >> marks'}
  - {id: d, needs: [b, c], run: 'echo d >> marks'}
`;

  test('begins with the steps that succeeded, in a run of its own', async () => {
    using repository = new Repository({ 'tools/flaky.yaml': FLAKY });
    expect((await repository.lockstep(['run', 'flaky'])).code).toBe(1);
    const [run = ''] = runNames(repository);
    writeFileSync(join(repository.root, 'go'), '');
    const report = JSON.parse(await repository.must(['runs', 'retry', run, '--json']));
    expect(report.steps.map(({ id }: { id: string }) => id).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(report.run).not.toBe(run);
    expect(marks(repository)).toEqual(['', 'a', 'b1', 'b1', 'c', 'd']);
    await repository.must(['runs', 'retry', run, '--from', 'c']);
    expect(marks(repository).filter((one) => one === 'c')).toHaveLength(2);
    expect(marks(repository).filter((one) => one === 'b1')).toHaveLength(3);
    await repository.must(['runs', 'retry', report.run, '--from', 'd']);
    expect(marks(repository).filter((one) => one === 'b1')).toHaveLength(3);
    const done = await repository.lockstep(['runs', 'resume', report.run]);
    expect(done.stderr).toContain(`next: lockstep runs retry ${report.run} --from STEP`);
    const nothing = await repository.lockstep(['runs', 'retry', report.run]);
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('nothing to retry')]);
    const unknown = await repository.lockstep(['runs', 'retry', run, '--from', 'bb']);
    expect(unknown.stderr).toContain('flaky has no step "bb"');
  });

  test('of a run whose steps succeeded evaluates its outputs again', async () => {
    const tool = (outputs: string) => `kind: tool
name: late
description: Has outputs.
steps: [{id: a, run: 'echo a >> marks; echo v=oops >> $LOCKSTEP_OUTPUT'}]
outputs: {v: '${outputs}'}
`;
    using repository = new Repository({ 'tools/late.yaml': tool('${{ fromJSON(steps.a.outputs.v) }}') });
    expect((await repository.lockstep(['run', 'late'])).code).toBe(1);
    const [run = ''] = runNames(repository);
    repository.write('tools/late.yaml', tool('${{ steps.a.outputs.v }}'));
    expect(await repository.must(['runs', 'retry', run, '--with-changes'])).toContain('v = oops');
    expect(marks(repository)).toEqual(['', 'a']);
  });
});
