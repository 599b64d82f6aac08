import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ContainerEngine, containerObstacle } from '../../../rig/container-engine.ts';
import { type EnginePlace, enginePlaces, inTurn, ofPodman } from '../../../rig/container-places.ts';
import { describeNeeding } from '../../../rig/needing.ts';
import { Repository } from '../../../rig/repository.ts';
import { RunningProgram } from '../../../rig/running-program.ts';
import { Workshop } from '../../../rig/workshop.ts';

const obstacle = containerObstacle();

/** pip, as far as a build calls it: no registry can be reached here. */
const PYTHON = `#!/bin/sh
[ "$*" = "$1 $2 $3 $4 $5 $6" ] || { echo "cannot find $7" >&2; exit 4; }
[ "$1 $2 $3 $4 $5" = '-m pip install --no-cache-dir --' ] || exit 9
echo "installed $6"
echo "$6" >> /installed
`;

let engine: ContainerEngine;
let places: EnginePlace[] = [];
let python = '';
let workshop: Workshop;
beforeAll(async () => {
  if (obstacle !== '') return;
  engine = new ContainerEngine();
  places = await enginePlaces(engine);
  python = engine.imageWith('python', { 'bin/python3': PYTHON });
}, 60_000);
afterEach(() => workshop?.[Symbol.dispose]());
afterAll(() => engine?.[Symbol.dispose]());

/** @param place the first engine where none is named */
async function open(files: Readonly<Record<string, string>>, place = places[0]): Promise<Workshop> {
  workshop?.[Symbol.dispose]();
  workshop = await Workshop.open(files);
  place?.enter(workshop);
  return workshop;
}

const built = () => engine.run('images', '--quiet', '--filter', 'reference=localhost/lockstep-built').trim();
const left = () => engine.run('ps', '--all', '--quiet');
const forget = () => engine.run('image', 'prune', '--all', '--force', '--filter', 'label=lockstep-built');

/** Containers take seconds: what differs little from the rest is tried in the long form. */
const LONG = process.env.LONG !== undefined;

describeNeeding(obstacle, 'an image that is built', { timeout: 90_000 }, () => {
  afterEach(() => {
    forget();
    expect(built()).toBe('');
  });

  test('is built once from the build and the dependencies, is shown while it is built, and is used again', async () => {
    for (const place of places) {
      const main = `image: ${python}
args: {who: {default: Ada}}
container: {build: 'echo building; id -u > /user; ls /sys/class/net > /nets; env > /env; ls -A /work > /files', dependencies: ['requests==2 ; x']}
steps:
  - {id: a, needs: [], run: 'cat /installed /user /files; grep -c "Ada\\|INPUT_" /env || wc -l < /nets'}
  - {id: b, needs: [], run: 'cat /installed'}
`;
      await open({ 'tools/main.yaml': main }, place);
      const told = await workshop.run('main');
      expect(told.ends).toEqual({ a: 'succeeded', b: 'succeeded' });
      expect(told.output('a')).toBe('requests==2 ; x\n0\n0\n2\n');
      const said = told.output('a', 'stderr') + told.output('b', 'stderr');
      expect(said).toBe('building\ninstalled requests==2 ; x\n');
      const [image] = built().split('\n');
      const again = await workshop.run('main');
      expect(again.output('b')).toBe('requests==2 ; x\n');
      expect(again.output('a', 'stderr') + again.output('b', 'stderr')).toBe('');
      expect(built()).toBe(image);
      expect(left()).toBe('');
      forget();
    }
  });

  if (LONG)
    test('keeps the user of its base, and no trace of its build', async () => {
      for (const place of places) {
        const base = engine.imageWith('user', {}, ['/bin/true']);
        engine.run('rm', '--force', 'base');
        engine.run('create', '--name', 'base', base);
        engine.run('commit', '--quiet', '--change', 'USER user', '--change', 'ENV A=b', 'base', base);
        engine.run('rm', '--force', 'base');
        const main = `image: ${base}\ncontainer: {pull: never, build: 'echo made > /made'}\nsteps: [{id: a, run: 'id -u; cat /made; echo $A; ls /run/lockstep/build 2>/dev/null || true'}]\n`;
        await open({ 'tools/main.yaml': main }, place);
        const told = await workshop.run('main');
        expect(told.output('a')).toBe('1000\nmade\nb\n');
        const labels = engine.run('image', 'inspect', '--format', '{{json .Config.Labels}}', built());
        expect(JSON.parse(labels)).toEqual({ lockstep: 'none', 'lockstep-built': 'main' });
        forget();
      }
    });

  if (LONG)
    test('is built again when the base, the script or a dependency changes', async () => {
      const tool = (image: string, build: string, dependency: string) =>
        `image: ${image}\ncontainer: {pull: never, build: '${build}', dependencies: [${dependency}]}\nsteps: [{id: a, run: 'true'}]\n`;
      const other = engine.imageWith('other', { 'bin/python3': PYTHON, 'bin/more': '' });
      await open({
        'tools/one.yaml': tool(python, 'true', 'x'),
        'tools/two.yaml': tool(python, 'true ', 'x'),
        'tools/three.yaml': tool(python, 'true', 'y'),
        'tools/four.yaml': tool(other, 'true', 'x'),
        'tools/same.yaml': tool(python, 'true', 'x'),
      });
      for (const name of ['one', 'two', 'three', 'four', 'same']) await workshop.run(name);
      expect(built().split('\n').length).toBe(4);
    });

  test.each([
    [0, 'script', "build: 'echo no room; exit 6'", 'exit code 6', 'no room\n'],
    [1, 'command of the script', "build: 'false; echo on'", 'exit code 1', ''],
    [2, 'dependency', 'dependencies: [a, b]', 'exit code 4', 'cannot find b\n'],
  ] as const)('%i: whose %s fails, fails the step and is not kept', async (turn, _what, recipe, code, said) => {
    for (const place of inTurn(places, turn)) {
      await open(
        { 'tools/main.yaml': `image: ${python}\ncontainer: {${recipe}}\nsteps: [{id: a, run: echo begun}]\n` },
        place,
      );
      const told = await workshop.run('main');
      expect(told.step('a')?.reason).toEqual({ why: 'not-started', detail: `its image could not be built: ${code}` });
      expect([told.output('a'), told.output('a', 'stderr')]).toEqual(['', said]);
      expect([built(), left()]).toEqual(['', '']);
    }
  });

  test('is masked in the output of its build', async () => {
    const main = `image: ${python}\nargs: {word: {sensitive: true}}\ncontainer: {build: 'echo the word is abracadabra'}\nsteps: [{id: a, run: 'true'}]\n`;
    await open({ 'tools/main.yaml': main });
    const told = await workshop.run('main', { values: { word: 'abracadabra' } });
    expect(told.output('a', 'stderr')).toBe('the word is ***\n');
  });

  test('a timeout ends the build, and leaves nothing behind', async () => {
    for (const place of places) {
      const main = `image: ${python}\ncontainer: {build: 'sleep 1000'}\nsteps: [{id: a, timeout: 3s, run: 'true'}]\n`;
      await open({ 'tools/main.yaml': main }, place);
      expect((await workshop.run('main')).ends).toEqual({ a: 'failed: timeout' });
      expect([built(), left()]).toEqual(['', '']);
    }
  });

  test.each(LONG ? (['SIGINT', 'SIGKILL'] as const) : (['SIGKILL'] as const))(
    'a %s ends the build, and the next run builds the image',
    async (signal) => {
      using repository = new Repository({
        'tools/main.yaml': `kind: tool\nname: main\nimage: ${python}\ncontainer: {build: 'echo started; sleep 1000'}\nsteps: [{id: a, run: 'true'}]\n`,
        'tools/next.yaml': `kind: tool\nname: next\nimage: ${python}\ncontainer: {build: echo quick}\nsteps: [{id: a, run: 'true'}]\n`,
      });
      Object.assign(repository.env, ofPodman(engine));
      await using running = new RunningProgram(repository, ['run', 'main']);
      await running.until('started');
      running.signal(signal);
      await running.ended;
      await repository.must(['run', 'next']);
      expect(left()).toBe('');
      expect(built().split('\n').length).toBe(1);
    },
  );

  test('of a Kubiya tool is built from its on_build and dependencies, together with its with_services', async () => {
    const serve = 'mkdir -p /www; echo "$GREETING" > /www/index.html; exec httpd -f -p 80 -h /www';
    const web = engine.imageWith('web', { 'bin/serve': `#!/bin/sh\n${serve}\n` }, ['/bin/serve']);
    const kubiya = `tools:
  - name: fetch
    description: Fetch from its service.
    image: ${python}
    on_build: echo built > /built
    dependencies: |
      requests
    with_services:
      - {name: web_1, image: ${web}, exposed_ports: [80], env: {GREETING: from the service}}
    content: |
      cat /built /installed
      wget -qO- http://web_1/
`;
    for (const place of places) {
      await open({ 'tools/kubiya.yml': kubiya }, place);
      const told = await workshop.run('fetch');
      expect(told.ends).toEqual({ main: 'succeeded' });
      expect(told.output('main')).toBe('built\nrequests\nfrom the service\n');
      expect(left()).toBe('');
    }
  });
});
