import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Project } from '../../../src/project/project.ts';
import { LiveProject, type ServedState } from '../../../src/project/serving/live-project.ts';
import { scratchBase } from '../../../src/run/workspace/scratch.ts';
import { Repository } from '../../rig/repository.ts';
import { commitAll } from '../../rig/served-repository.ts';

const tool = (name: string, tag: string, steps = `[{id: say, run: 'echo ${tag}'}]`) =>
  `kind: tool\nname: ${name}\ndescription: ${tag}\nsecrets: [TOKEN]\nsteps: ${steps}\n`;
const NAMES = Array.from({ length: 30 }, (_, at) => `tool-${at}`);

async function live(repository: Repository, root = repository.root) {
  const closing = new AbortController();
  const served = await LiveProject.open({ cwd: root, env: repository.env }, closing.signal);
  return { project: served.project, served, [Symbol.dispose]: () => closing.abort() };
}

function git(repository: Repository, ...args: string[]): void {
  const { status, stderr } = spawnSync('git', args, { cwd: repository.root, env: repository.env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Resolves with the first state for which it holds, the present one included. */
function stateWhere(served: LiveProject, holds: (state: ServedState) => boolean): Promise<ServedState> {
  return new Promise((resolve) => {
    if (holds(served.state)) return resolve(served.state);
    const end = served.onChange((state) => {
      if (!holds(state)) return;
      end();
      resolve(state);
    });
  });
}

const descriptions = ({ snapshot }: Project) => [...snapshot.catalog.tools.values()].map((one) => one.description);

test('a broken save keeps the last good definitions, and reports the problems', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first').replace('secrets: [TOKEN]\n', '') });
  using open = await live(repository);
  const { project, served } = open;
  const good = served.state.snapshot.id;
  repository.write('tools/a.yaml', 'kind: tool\nname: a\nstepz: []\n');
  const broken = await stateWhere(served, ({ current }) => !current);
  expect(broken.snapshot.id).toBe(good);
  expect(broken.report.problems[0]).toMatchObject({ code: 'schema/unknown-key', file: 'tools/a.yaml' });
  expect(descriptions(project)).toEqual(['first']);
  repository.write('tools/a.yaml', tool('a', 'second').replace('secrets: [TOKEN]\n', ''));
  const mended = await stateWhere(served, ({ current, snapshot }) => current && snapshot.id !== good);
  expect(mended.report.ok).toBe(true);
  expect(descriptions(project)).toEqual(['second']);
});

test('what is saved before the first check counts with the first answer', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first') });
  const closing = new AbortController();
  const served = await LiveProject.begin({ cwd: repository.root, env: repository.env }, closing.signal);
  await served.settled();
  expect(() => served.state).toThrow('no state before the first check');
  expect(descriptions(served.project)).toEqual(['first']);
  repository.write('tools/a.yaml', tool('a', 'second'));
  await served.settled();
  expect(descriptions(served.project)).toEqual(['second']);
  expect(served.state.snapshot.id).toBe(served.snapshotId);
  closing.abort();
  expect(served.blind.aborted).toBe(false);
});

test('a broken vault keeps the last good vault: a run still gets its secret', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first', "[{id: say, run: 'echo ${#TOKEN} bytes'}]") });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], 'twelve bytes');
  using open = await live(repository);
  const { project, served } = open;
  repository.write('vault/default/TOKEN.yaml', 'broken');
  await stateWhere(served, ({ current }) => !current);
  expect(await project.run('a').result()).toMatchObject({ status: 'succeeded' });
  expect((await project.vault.require()).trusted).toBe(true);
});

test('editors save in many ways: in place, by rename, by a backup, in a folder that is made again', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'v0').replace('secrets: [TOKEN]\n', '') });
  using open = await live(repository);
  const { project, served } = open;
  const path = join(repository.root, 'tools/a.yaml');
  const text = (tag: string) => tool('a', tag).replace('secrets: [TOKEN]\n', '');
  const ways: ((tag: string) => void)[] = [
    (tag) => writeFileSync(path, text(tag)),
    (tag) => {
      writeFileSync(`${path}.tmp`, text(tag));
      renameSync(`${path}.tmp`, path);
    },
    (tag) => {
      renameSync(path, `${path}~`);
      writeFileSync(path, text(tag));
      rmSync(`${path}~`);
    },
    (tag) => {
      rmSync(path);
      writeFileSync(path, text(tag));
    },
    (tag) => {
      rmSync(join(repository.root, 'tools'), { recursive: true });
      mkdirSync(join(repository.root, 'tools'));
      writeFileSync(path, text(tag));
    },
  ];
  for (const [at, save] of [...ways, ...ways].entries()) {
    save(`v${at + 1}`);
    await stateWhere(served, () => descriptions(project)[0] === `v${at + 1}`);
  }
});

test('a root that is moved away and restored is served again, and is never taken for an empty one', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first').replace('secrets: [TOKEN]\n', '') });
  using open = await live(repository);
  const { project, served } = open;
  const seen: number[] = [];
  served.onChange(() => seen.push(project.snapshot.catalog.tools.size));
  const away = `${repository.root}-away`;
  renameSync(repository.root, away);
  mkdirSync(repository.root);
  rmSync(repository.root, { recursive: true });
  renameSync(away, repository.root);
  mkdirSync(`${repository.root}-new/tools`, { recursive: true });
  writeFileSync(`${repository.root}-new/tools/a.yaml`, tool('a', 'second').replace('secrets: [TOKEN]\n', ''));
  renameSync(repository.root, away);
  renameSync(`${repository.root}-new`, repository.root);
  await stateWhere(served, () => descriptions(project)[0] === 'second');
  expect(seen).not.toContain(0);
  rmSync(away, { recursive: true });
});

test('a root behind a symbolic link is watched', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first').replace('secrets: [TOKEN]\n', '') });
  const link = join(repository.place, 'link');
  symlinkSync(repository.root, link);
  using open = await live(repository, link);
  repository.write('tools/a.yaml', tool('a', 'second').replace('secrets: [TOKEN]\n', ''));
  await stateWhere(open.served, () => descriptions(open.project)[0] === 'second');
});

test('300 checkouts under load: no state and no run mixes two branches, and the last one is loaded', {
  timeout: 180_000,
}, async () => {
  const files = (tag: string) => Object.fromEntries(NAMES.map((name) => [`tools/${name}.yaml`, tool(name, tag)]));
  const calls = (tag: string) => tool('all', tag, '[{id: one, uses: tool-1}, {id: two, uses: tool-29}]');
  using repository = new Repository({ ...files('red'), 'tools/all.yaml': calls('red') });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN', '--description', 'red', '--allow', '*'], 'the value of red');
  commitAll(repository, 'red');
  git(repository, 'checkout', '-q', '-b', 'red');
  git(repository, 'checkout', '-q', '-b', 'blue');
  for (const [path, text] of Object.entries({ ...files('blue'), 'tools/all.yaml': calls('blue') }))
    repository.write(path, text);
  await repository.must(['secret', 'rotate', 'TOKEN'], 'the value of blue');
  await repository.must(['secret', 'describe', 'TOKEN', 'blue']);
  git(repository, 'add', '-A');
  git(repository, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '-m', 'blue');
  // Another machine than the one that made the changes, which would not go back behind them.
  repository.env.LOCKSTEP_STATE_DIR = join(repository.place, 'served');
  for (const branch of ['red', 'blue']) {
    git(repository, 'checkout', '-q', branch);
    await repository.must(['trust', '--yes']);
    await repository.must(['secret', 'list']);
  }
  using open = await live(repository);
  const { project, served } = open;
  const look = async () => {
    const tags = new Set(descriptions(project));
    const secret = await (await project.vault.require()).entry('default', 'TOKEN').catch(() => null);
    return [...tags, ...(secret === null ? [] : [secret.description])];
  };
  const checkout = (branch: string) =>
    promisify(execFile)('git', ['checkout', '-q', branch], { cwd: repository.root, env: repository.env });
  const looks: Promise<unknown[]>[] = [];
  served.onChange(() => looks.push(look()));
  const outputs: string[] = [];
  const running = { done: false };
  const load = (async () => {
    while (!running.done) {
      const run = project.run('all');
      let output = '';
      for await (const event of run) if (event.type === 'output') output += event.text;
      outputs.push(output);
      await run.result().catch(() => undefined);
    }
  })();
  for (let at = 0; at < 300; at += 1) {
    const branch = at % 2 === 0 ? 'red' : 'blue';
    await checkout(branch);
    // A rest now and then, so that states are loaded between the changes.
    if (at % 15 === 0) await stateWhere(served, ({ snapshot }) => snapshot.branch === branch);
  }
  git(repository, 'checkout', '-q', 'red');
  await stateWhere(served, ({ snapshot }) => snapshot.branch === 'red' && descriptions(project)[0] === 'red');
  running.done = true;
  await load;
  for (const tags of await Promise.all(looks)) expect(new Set(tags).size).toBe(1);
  for (const output of outputs) expect(['red\nred\n', 'blue\nblue\n', '']).toContain(output);
  expect(looks.length).toBeGreaterThan(10);
  expect(new Set(outputs.filter((one) => one !== '')).size).toBe(2);
});

test('only a file that changed is read and parsed again', async () => {
  const text = (name: string, tag: string) => tool(name, tag).replace('secrets: [TOKEN]\n', '');
  using repository = new Repository({ 'tools/a.yaml': text('a', 'first'), 'tools/b.yaml': text('b', 'first') });
  using open = await live(repository);
  const { project, served } = open;
  const sourceOf = (name: string) => project.snapshot.catalog.tools.get(name)?.source;
  const [a, b] = [sourceOf('a'), sourceOf('b')];
  repository.write('tools/b.yaml', text('b', 'second'));
  await stateWhere(served, () => descriptions(project).includes('second'));
  expect(sourceOf('a')).toBe(a);
  expect(sourceOf('b')).not.toBe(b);
});

test('beside broken definitions a change of the vault counts, and the vault of another commit does not', {
  timeout: 60_000,
}, async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first') });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN', '--allow', 'tool:a'], 'the first value');
  commitAll(repository, 'one');
  using open = await live(repository);
  const { project, served } = open;
  const names = async () => (await (await project.vault.require()).entries('default')).entries.map(({ name }) => name);
  repository.write('tools/a.yaml', 'kind: tool\nname: a\nstepz: []\n');
  await stateWhere(served, ({ current }) => !current);
  await repository.must(['secret', 'set', 'BESIDE', '--allow', 'exec'], 'another value');
  await served.settled();
  await expect.poll(names).toEqual(['BESIDE', 'TOKEN']);
  git(repository, 'add', '-A');
  git(repository, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '-m', 'broken');
  await repository.must(['secret', 'set', 'LATER', '--allow', 'exec'], 'a third value');
  await served.refresh();
  expect(await names()).toEqual(['BESIDE', 'TOKEN']);
  repository.write('tools/a.yaml', tool('a', 'mended'));
  await stateWhere(served, ({ current }) => current);
  expect(await names()).toEqual(['BESIDE', 'LATER', 'TOKEN']);
});

test('the runs of a server share pipes, which go with it', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first').replace('secrets: [TOKEN]\n', '') });
  using programs = new Repository({ mkfifo: '#!/bin/sh\necho made >>"${0%/*}/log"\nexec /usr/bin/mkfifo "$@"\n' });
  chmodSync(join(programs.root, 'mkfifo'), 0o755);
  const env = { ...repository.env, PATH: `${programs.root}:${repository.env.PATH}` };
  const closing = new AbortController();
  const { project } = await LiveProject.open({ cwd: repository.root, env }, closing.signal);
  for (let round = 0; round < 20; round += 1) expect((await project.run('a').ended).status).toBe('succeeded');
  // Each run needs at most two of 32.
  expect(readFileSync(join(programs.root, 'log'), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(2);
  const left = () => readdirSync(scratchBase()).filter((name) => name.startsWith(`lockstep-${process.pid}-`));
  expect(left()).toHaveLength(1);
  closing.abort();
  expect(left()).toEqual([]);
});

test('an identity that is made, or replaced, counts with the next call', async () => {
  using repository = new Repository({ 'tools/a.yaml': tool('a', 'first') });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], 'the first value');
  const file = join(repository.env.HOME ?? '', '.config/lockstep/identity.txt');
  renameSync(file, `${file}.away`);
  using open = await live(repository);
  await expect(open.project.vault.identity()).rejects.toMatchObject({ code: 'identity/missing' });
  renameSync(`${file}.away`, file);
  expect(await open.project.run('a').result()).toMatchObject({ status: 'succeeded' });
  writeFileSync(file, 'not a key\n');
  await expect(open.project.vault.identity()).rejects.toMatchObject({ code: 'identity/invalid' });
});
