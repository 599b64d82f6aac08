import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { trustMachineFiles } from '../../../src/project/runs/machine-files.ts';
import { ContainerEngine, containerObstacle } from '../../rig/container-engine.ts';
import { describeNeeding, sandboxObstacle } from '../../rig/needing.ts';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { Workshop } from '../../rig/workshop.ts';

const SECRET = 'canary\'s "value" of `$things`';
const PEM = '-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\n';

/** Runs anywhere: says what it got, gives outputs, writes where it may. */
const STEPS = `args: {who: {type: string, default: Ada}}
secrets: [TOKEN, {name: CERT, as: file}, {name: PIN, as: stdin}]
files: [./lib.sh]
outputs: {sum: '\${{ steps.use.outputs.sum }}'}
steps:
  - id: use
    env: {NOTE: 'for \${{ args.who }}'}
    run: |
      sh tools/lib.sh < /dev/null
      echo "pin of $(wc -c)"; env | grep -c PIN || true
      echo "$NOTE, $INPUT_WHO: $(printf %s "$TOKEN" | wc -c) $(wc -l < "$CERT")"
      echo "token: $TOKEN"
      echo "sum=$(cat "$LOCKSTEP_INPUT")" >> "$LOCKSTEP_OUTPUT"
  - {id: fail, continueOnError: true, run: 'exit 3'}
  - {id: missing, needs: [], continueOnError: true, run: no-such-command}
`;
const SAID = 'from the library\npin of 6\n0\nfor Ada, Ada: 29 3\ntoken: ***\n';

let workshop: Workshop;
afterEach(() => workshop?.[Symbol.dispose]());

async function ran(head: string, env: Readonly<Record<string, string>> = {}) {
  workshop = await Workshop.open(
    { 'tools/main.yaml': head + STEPS, 'tools/lib.sh': 'echo from the library\n' },
    { TOKEN: SECRET, CERT: PEM, PIN: '123456' },
  );
  Object.assign(workshop.env, env);
  return workshop.run('main');
}

describeNeeding(sandboxObstacle(), 'a run in a sandbox', {}, () => {
  test.each(['sandbox: true\n', 'network: none\n'])('behaves as on the host (%j)', async (head) => {
    const told = await ran(head);
    expect(told.output('use')).toBe(SAID);
    expect(told.outcome).toMatchObject({ status: 'succeeded', outputs: { sum: '{"who":"Ada"}' } });
    expect(told.step('fail')).toMatchObject({ exitCode: 3 });
    expect(told.step('missing')).toMatchObject({ exitCode: 127 });
  });

  test('sees neither the identity nor the state of this machine, and cannot change the repository', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `sandbox: true
steps:
  - id: a
    run: |
      cat ${'$'}{HOME}/.config/lockstep/identity.txt ${'`'}echo $PWD/../state${'`'}/trust/* 2> /dev/null || echo hidden
      (echo x >> tools/main.yaml) 2> /dev/null || echo refused
`,
    });
    expect((await workshop.run('main')).output('a')).toBe('hidden\nrefused\n');
  });
});

const obstacle = containerObstacle();
let engine: ContainerEngine;
beforeAll(() => {
  if (obstacle === '') engine = new ContainerEngine();
});
afterAll(() => engine?.[Symbol.dispose]());

describeNeeding(obstacle, 'a run in a container', { timeout: 60_000 }, () => {
  const engineEnv = () => ({
    CONTAINERS_CONF: engine.env.CONTAINERS_CONF ?? '',
    CONTAINERS_STORAGE_CONF: engine.env.CONTAINERS_STORAGE_CONF ?? '',
    PATH: process.env.PATH ?? '',
  });

  test('behaves as on the host, and leaves nothing behind', async () => {
    const told = await ran(`image: ${engine.image}\n`, engineEnv());
    expect(told.output('use')).toBe(SAID);
    expect(told.outcome).toMatchObject({ status: 'succeeded', outputs: { sum: '{"who":"Ada"}' } });
    expect(told.step('fail')).toMatchObject({ exitCode: 3 });
    expect(told.step('missing')).toMatchObject({ exitCode: 127 });
    expect(engine.run('ps', '--all', '--quiet')).toBe('');
    expect(engine.grep('canary')).toBe('');
  });

  test('has the files, volumes and entry point that it asks for, under an image of the step', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `image: localhost/never:1
container:
  files: [{path: /etc/a.ini, content: "a=1\\n"}, {path: /opt/b.txt, from: b.txt}]
  volumes: [{name: keep, path: /keep}]
  entrypoint: [/bin/sh, -e]
  pull: never
steps:
  - {id: write, image: '${'${{ env.IMAGE }}'}', run: 'cat /etc/a.ini /opt/b.txt; echo kept > /keep/it'}
  - {id: read, image: '${'${{ env.IMAGE }}'}', run: 'cat /keep/it; ls /sys/class/net'}
env: {IMAGE: ${engine.image}}
`,
      'tools/b.txt': 'b\n',
    });
    Object.assign(workshop.env, engineEnv());
    const told = await workshop.run('main');
    expect(told.outcome).toMatchObject({ status: 'succeeded' });
    expect(told.output('write')).toBe('a=1\nb\n');
    expect(told.output('read')).toBe('kept\nlo\n');
    engine.run('volume', 'rm', 'lockstep-keep');
  });

  test('has copies of the files of the machine that lockstep.yaml provides, masked, and leaves the files unchanged', async () => {
    const tool = `image: ${engine.image}
container:
  files: [{path: ~/.kube/config, from: ~/.kube/config}, {path: /opt/again, from: ~/.kube/config}]
  pull: never
`;
    const steps = (run: string) => `steps:\n  - {id: a, run: '${run}'}\n`;
    workshop = await Workshop.open({
      'tools/main.yaml': `${tool}${steps('wc -c < ~/.kube/config; cat /opt/again; (echo x >> ~/.kube/config) 2> /dev/null; true')}`,
      'tools/around.yaml': 'steps:\n  - {id: call, uses: main}\n',
    });
    const path = join(workshop.place, 'config');
    writeFileSync(path, 'token-of-the-cluster\n', { mode: 0o600 });
    workshop.write('lockstep.yaml', `machineFiles: {~/.kube/config: {file: ${path}, tools: [main]}}\n`);
    Object.assign(workshop.env, engineEnv());
    expect((await workshop.run('main')).outcome).toMatchObject({ status: 'failed', steps: [] });
    const project = await workshop.project();
    await trustMachineFiles(workshop.root, project.snapshot.config, workshop.env);
    expect((await workshop.run('main')).output('a')).toBe('21\n***\n');
    expect((await workshop.run('around')).output('call/a')).toBe('21\n***\n');
    expect(readFileSync(path, 'utf8')).toBe('token-of-the-cluster\n');
    expect(engine.grep('token-of-the-cluster')).toBe('');
  });

  test('has files and volumes in the home of its user, and secrets in place of files of the machine', async () => {
    workshop = await Workshop.open(
      {
        'lockstep.yaml': 'machineFiles: {~/.aws/credentials: {secret: CREDENTIALS}, /etc/token: {secret: TOKEN}}\n',
        'tools/main.yaml': `image: ${engine.image}
container:
  files:
    - {path: ~/.aws/credentials, from: ~/.aws/credentials}
    - {path: ~/.aws/again, from: ~/.aws/credentials}
    - {path: /opt/token, from: /etc/token}
    - {path: "~/it's", content: "text\\n"}
  volumes: [{name: home, path: ~/kept/here}]
  pull: never
steps:
  - {id: write, run: 'cd ~; cat .aws/credentials .aws/again /opt/token "it''s" | wc -c; cat .aws/credentials; echo kept > kept/here/it'}
  - {id: read, run: 'cat ~/kept/here/it; echo $HOME'}
`,
      },
      { CREDENTIALS: 'canary of the vault', TOKEN: '1234567' },
    );
    Object.assign(workshop.env, engineEnv());
    const told = await workshop.run('main');
    expect(told.outcome).toMatchObject({ status: 'succeeded' });
    expect(told.output('write')).toBe('50\n***');
    expect(told.output('read')).toMatch(/^kept\n\/\w*\n$/);
    expect(engine.grep('canary')).toBe('');
    engine.run('volume', 'rm', 'lockstep-home');
  });

  test('does not start where an image, also of a service, is absent and may not be pulled', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `image: localhost/never:1
container: {pull: never, services: [{name: db, image: localhost/never:2}], build: make}
steps: [{id: a, run: 'true'}]
`,
    });
    Object.assign(workshop.env, engineEnv());
    const { outcome } = await workshop.run('main');
    const problems = 'problems' in outcome ? outcome.problems : [];
    expect(problems?.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([
      'the image localhost/never:1 is not on this machine, and `pull: never` says not to fetch it',
      'the image localhost/never:2 is not on this machine, and `pull: never` says not to fetch it',
    ]);
  });

  test('starts sh unless the step asks for another shell, which has no substitute', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `image: ${engine.image}
steps:
  - {id: unsaid, run: 'echo by sh'}
  - {id: bash, shell: bash, run: 'echo never'}
`,
    });
    Object.assign(workshop.env, engineEnv());
    const told = await workshop.run('main');
    expect(told.output('unsaid')).toBe('by sh\n');
    expect(told.step('bash')).toMatchObject({ status: 'failed', exitCode: 127 });
    expect(told.output('bash')).toContain('bash: not found');
  });

  test('the next run removes what a killed run left', async () => {
    using repository = new Repository({
      'tools/held.yaml': `kind: tool\nname: held\nimage: ${engine.image}\nsteps: [{id: a, run: 'echo started; sleep 1000'}]\n`,
      'tools/next.yaml': `kind: tool\nname: next\nimage: ${engine.image}\nsteps: [{id: a, run: 'true'}]\n`,
    });
    Object.assign(repository.env, engineEnv());
    await using running = new RunningProgram(repository, ['run', 'held']);
    await running.until('started');
    running.signal('SIGKILL');
    await running.ended;
    expect(engine.run('ps', '--quiet')).not.toBe('');
    await repository.must(['run', 'next']);
    expect(engine.run('ps', '--all', '--quiet')).toBe('');
  });

  test('Ctrl-C ends it together with the container', async () => {
    using repository = new Repository({
      'tools/held.yaml': `kind: tool\nname: held\nimage: ${engine.image}\nsteps: [{id: a, run: 'trap "echo told; exit 1" TERM; echo started; while true; do sleep 0.05; done'}]\n`,
    });
    Object.assign(repository.env, engineEnv());
    await using running = new RunningProgram(repository, ['run', 'held']);
    await running.until('started');
    running.signal('SIGINT');
    expect(await running.until('cancelled held')).toContain('told');
    expect(await running.ended).toBe(130);
    expect(engine.run('ps', '--all', '--quiet')).toBe('');
  });
});
