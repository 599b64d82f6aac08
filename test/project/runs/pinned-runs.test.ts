import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Members } from '../../../src/project/secrets/members.ts';
import { pinnedGrants } from '../../../src/project/secrets/pinned-grants.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** A repository whose only group is pinned, with KEY granted by digest. */
async function pinned(files: Readonly<Record<string, string>>, to = ['tool:deploy']): Promise<void> {
  workshop = await Workshop.open(files);
  await new Members(await workshop.project()).setPinned('default', true);
  await workshop.set('KEY', 'value-of-the-key', []);
  await pin(to);
}

async function pin(to = ['tool:deploy']): Promise<void> {
  const project = await workshop.project();
  await new Secrets(project).grant('KEY', pinnedGrants(project, 'KEY', to));
}

const DEPLOY = (run: string, rest = '') =>
  `secrets: [KEY]\n${rest}steps:\n  - id: a\n    run: |\n      echo "\${#KEY}" > /dev/null\n      ${run}\n`;

const refusal = async (options: { agent?: string } = {}) => {
  const { outcome } = await workshop.run('deploy', options);
  expect(outcome.status).toBe('failed');
  expect(outcome.steps).toEqual([]);
  return 'problems' in outcome ? (outcome.problems ?? []).map(({ message }) => message).join('\n') : '';
};

describe('in a pinned group a grant ends when', () => {
  test('the definition moves, so that its listed files change', async () => {
    await pinned({
      'tools/deploy.yaml': DEPLOY('./tools/check.sh', 'files: [./check.sh]\n'),
      'tools/check.sh': 'exit\n',
    });
    mkdirSync(join(workshop.root, 'tools/x'));
    renameSync(join(workshop.root, 'tools/deploy.yaml'), join(workshop.root, 'tools/x/deploy.yaml'));
    workshop.write('tools/x/check.sh', 'exit\n');
    expect(await refusal()).toContain('another form of deploy');
  });

  test.each([
    ['a file that its container is given', 'tools/main.sh', 'echo other\n'],
    ['a file that it lists', 'tools/note.txt', 'other'],
  ])('%s changes', async (_, path, text) => {
    await pinned({
      'tools/deploy.yaml': DEPLOY(
        'sh /app/main.sh',
        `image: 'busybox@sha256:${'a'.repeat(64)}'\nfiles: [./note.txt]\ncontainer: {files: [{path: /app/main.sh, from: ./main.sh}]}\n`,
      ),
      'tools/main.sh': 'echo good\n',
      'tools/note.txt': 'note',
    });
    const project = await workshop.project();
    expect((await project.plan('deploy')).problems).toEqual([]);
    workshop.write(path, text);
    expect((await (await workshop.project()).plan('deploy')).problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining('another form of deploy') }),
    ]);
  });

  test.each([
    ['ends its lines in CR LF', 'core.autocrlf', 'true', 'end in CR LF'],
    ['has no modes', 'core.fileMode', 'false', 'another mode'],
  ])('the checkout %s, and what the refusal says mends it', async (_, key, value, reason) => {
    workshop = await Workshop.open({
      'tools/deploy.yaml': DEPLOY('./tools/check.sh', 'files: [./check.sh]\n'),
      'tools/check.sh': '#!/bin/sh\nexit 0\n',
    });
    const script = join(workshop.root, 'tools/check.sh');
    chmodSync(script, 0o755);
    await new Members(await workshop.project()).setPinned('default', true);
    await workshop.set('KEY', 'value-of-the-key', []);
    await pin();
    const own = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', '-c', 'core.fileMode=true'];
    const git = (...words: string[]) => execFileSync('git', [...own, ...words], { cwd: workshop.root });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'one');
    git('config', key, value);
    if (key === 'core.fileMode') chmodSync(script, 0o644);
    else {
      rmSync(script);
      git('checkout-index', 'tools/check.sh');
    }

    const [problem] = (await (await workshop.project()).plan('deploy')).problems;
    expect(problem?.message).toContain(reason);
    execFileSync('sh', ['-c', problem?.hint ?? 'false'], { cwd: workshop.root });
    expect((await workshop.run('deploy')).outcome.status).toBe('succeeded');
  });

  test('a number is spelled in another way', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('true', 'env: {VERSION: 1.10}\n') });
    workshop.write('tools/deploy.yaml', DEPLOY('true', 'env: {VERSION: 1.1}\n'));
    expect(await refusal()).toContain('another form of deploy');
  });

  test('lockstep.yaml passes an additional variable to it', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('true', 'passEnv: [REGION]\n') });
    expect((await workshop.run('deploy')).outcome.status).toBe('succeeded');
    workshop.write('lockstep.yaml', 'passEnv: [REGION]\n');
    expect(await refusal()).toContain('another form of deploy');
  });

  test('a second file defines the tool, whichever comes first', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('true') });
    workshop.write('agents/aaa.yaml', `kind: tool\nname: deploy\n${DEPLOY('echo "$KEY"')}`);
    expect(await refusal()).toContain('there is already a tool named "deploy"');
  });

  test('a file that it lists becomes a link', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('true', 'files: [../x.sh]\n'), 'x.sh': 'exit\n' });
    renameSync(join(workshop.root, 'x.sh'), join(workshop.root, 'y.sh'));
    symlinkSync('y.sh', join(workshop.root, 'x.sh'));
    expect(await refusal()).toContain('"../x.sh" is a symbolic link');
  });
});

describe('an agent in a pinned group', () => {
  const AGENT = 'description: Operates.\ntools: [deploy]\nsecrets: [KEY]\nenv: {LEVEL: info}\n';
  const FILES = { 'tools/deploy.yaml': DEPLOY('echo "level $LEVEL"'), 'agents/ops.yaml': AGENT };

  test('is pinned together with the tool, and its variables count, where only the tool needs the secret', async () => {
    await pinned(FILES);
    const { output } = await workshop.run('deploy', { agent: 'ops' });
    expect(output('a')).toBe('level info\n');
    workshop.write('agents/ops.yaml', AGENT.replace('info', 'debug'));
    expect(await refusal({ agent: 'ops' })).toContain('the agent ops sets variables of the step');
    expect((await workshop.run('deploy')).outcome.status).toBe('succeeded');
  });

  test('gets nothing by its own grant once one of its tools has changed', async () => {
    await pinned(FILES, ['agent:ops']);
    expect((await workshop.run('deploy', { agent: 'ops' })).outcome.status).toBe('succeeded');
    workshop.write('tools/deploy.yaml', DEPLOY('echo "$KEY" | rev'));
    expect(await refusal({ agent: 'ops' })).toContain('another form of the agent ops');
  });
});

describe('a step of a pinned group', () => {
  test('works in a copy of the listed files, with their modes, and sees nothing else of the repository', async () => {
    const look = 'find . -type f | sort; ./bin/run.sh; cat data/x.txt; pwd';
    await pinned({
      'tools/deploy.yaml': DEPLOY(look, "files: [../bin/run.sh, '../data/*']\n"),
      'bin/run.sh': '#!/bin/sh\necho ran\n',
      'data/x.txt': 'data\n',
      'secret-of-the-repository.txt': 'x',
    });
    chmodSync(join(workshop.root, 'bin/run.sh'), 0o755);
    await pin();
    const lines = (await workshop.run('deploy')).output('a').trim().split('\n');
    expect(lines.slice(0, 4)).toEqual(['./bin/run.sh', './data/x.txt', 'ran', 'data']);
    expect(lines[4]).not.toContain(workshop.root);
  });

  test.each([
    ['the repository, where TMPDIR lies in it', () => workshop.root],
    ['a folder for temporary files that others write', () => join(workshop.place, 'temporary')],
  ])('finds no module in %s', async (_, shared) => {
    const code = 'try { require("planted") } catch (error) { console.log(error.code) } // KEY';
    await pinned({ 'tools/deploy.yaml': `secrets: [KEY]\nsteps: [{id: a, shell: node, run: '${code}'}]\n` });
    const place = shared();
    mkdirSync(join(place, 'tmp'), { recursive: true });
    mkdirSync(join(place, 'node_modules'));
    writeFileSync(join(place, 'node_modules/planted.js'), 'console.log("planted code ran")');
    workshop.env.TMPDIR = join(place, 'tmp');
    expect((await workshop.run('deploy')).output('a')).toBe('MODULE_NOT_FOUND\n');
  });

  test('never works in a copy inside the repository, even if the state folder lies there', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('pwd') });
    const trust = join(workshop.root, '.state');
    cpSync(workshop.env.LOCKSTEP_STATE_DIR ?? '', trust, { recursive: true });
    workshop.env.LOCKSTEP_STATE_DIR = trust;
    const told = await workshop.run('deploy');
    expect(told.outcome.status).toBe('succeeded');
    expect(told.output('a')).not.toContain(workshop.root);
  });

  test('runs the file that its digest covers, even if the file changes while the run waits', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('true'), 'tools/go.sh': 'echo good\n' });
    const gate = workshop.gate();
    workshop.write(
      'tools/deploy.yaml',
      `secrets: [KEY]\nfiles: [./go.sh]\nsteps:\n  - {id: wait, run: 'read x < "${gate.path}"'}\n  - {id: go, run: 'sh tools/go.sh # KEY'}\n`,
    );
    await pin();
    let opened = false;
    const { output, outcome } = await workshop.run('deploy', {}, async (event) => {
      if (opened || event.type !== 'step-started') return;
      opened = true;
      workshop.write('tools/go.sh', 'echo "$KEY" | rev\n');
      await gate.open();
    });
    expect(outcome.status).toBe('succeeded');
    expect(output('go')).toBe('good\n');
  });

  test('finds nothing that another step wrote into its working directory', async () => {
    const steps =
      'secrets: [KEY]\nsteps:\n  - {id: one, run: "echo planted > json.py"}\n  - {id: two, run: "ls -A; echo $KEY > /dev/null"}\n';
    await pinned({ 'tools/deploy.yaml': steps });
    const { output, outcome } = await workshop.run('deploy');
    expect(outcome.status).toBe('succeeded');
    expect(output('two')).toBe('');
  });

  test.each(['python3 -c "import json; print(json.dumps(1))"', 'cd tools && python3 -m json.tool x.json'])(
    'imports no module of the repository: %s',
    async (run) => {
      await pinned({
        'tools/deploy.yaml': DEPLOY(run, 'files: [./x.json]\n'),
        'tools/x.json': '1',
        'json.py': 'print("planted")\n',
        'tools/json.py': 'print("planted")\n',
      });
      const { output, outcome } = await workshop.run('deploy');
      expect(outcome.status).toBe('succeeded');
      expect(output('a')).toBe('1\n');
    },
  );

  test('finds no program of the repository by PATH', async () => {
    await pinned({ 'tools/deploy.yaml': DEPLOY('command -v planted || echo none') });
    mkdirSync(join(workshop.root, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(workshop.root, 'node_modules/.bin/planted'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync(join(workshop.root, 'node_modules/.bin'), join(workshop.place, 'linked'));
    const inside = [join(workshop.root, 'node_modules/.bin'), join(workshop.place, 'linked'), 'node_modules/.bin', ''];
    workshop.env.PATH = [...inside, workshop.env.PATH].join(':');
    expect((await workshop.run('deploy')).output('a')).toBe('none\n');
  });

  test('has a working directory only where it lists a file, and reports this before anything starts', async () => {
    await pinned({
      'tools/deploy.yaml': 'secrets: [KEY]\nsteps:\n  - {id: a, workdir: web, run: "echo $KEY"}\n',
      'web/x': '',
    });
    expect(await refusal()).toContain('the working directory "web" holds none of the files that the tool lists');
  });
});
