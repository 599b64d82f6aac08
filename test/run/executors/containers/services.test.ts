import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ContainerEngine, containerObstacle } from '../../../rig/container-engine.ts';
import { type EnginePlace, enginePlaces, inTurn, ofPodman } from '../../../rig/container-places.ts';
import { describeNeeding } from '../../../rig/needing.ts';
import { commandLines } from '../../../rig/processes.ts';
import { Repository } from '../../../rig/repository.ts';
import { RunningProgram } from '../../../rig/running-program.ts';
import { type Told, Workshop } from '../../../rig/workshop.ts';

const obstacle = containerObstacle();

/** Says what it was told to say, on the port that it was told; before that it waits for /go if it is to, and may give up. */
const SERVE = `echo "serving $GREETING"
[ -z "$HELD" ] || while [ ! -e /go ]; do sleep 0.05; done
[ -z "$FAILS" ] || { echo "no room for \${FAILS}" >&2; exit "$FAILS"; }
mkdir -p /www
printf '%s\\n' "$GREETING" > /www/index.html
exec httpd -f -p "\${PORT:-80}" -h /www
`;

let engine: ContainerEngine;
let places: EnginePlace[] = [];
let web = '';
let workshop: Workshop;
beforeAll(async () => {
  if (obstacle !== '') return;
  engine = new ContainerEngine();
  places = await enginePlaces(engine);
  web = engine.imageWith('web', { 'bin/serve': `#!/bin/sh\n${SERVE}` }, ['/bin/serve']);
}, 60_000);
afterEach(() => workshop?.[Symbol.dispose]());
afterAll(() => engine?.[Symbol.dispose]());

interface Wanted {
  readonly head?: string;
  readonly services?: string;
  readonly steps: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly also?: Readonly<Record<string, string>>;
}

const ONE = () => `[{name: web, image: '${web}', ports: [80], env: {GREETING: hello}}]`;

async function open({ head = '', services = ONE(), steps, values = {}, also = {} }: Wanted, place = places[0]) {
  const main = `${head}image: ${engine.image}\ncontainer:\n  pull: never\n  services: ${services}\nsteps:\n${steps}`;
  workshop?.[Symbol.dispose]();
  workshop = await Workshop.open({ 'tools/main.yaml': main, ...also }, values);
  place?.enter(workshop);
  return workshop;
}

async function ran(wanted: Wanted, place?: EnginePlace): Promise<Told> {
  return (await open(wanted, place)).run('main');
}

const left = () => engine.run('ps', '--all', '--quiet');
const runningOf = (image: string) => engine.run('ps', '--quiet', '--filter', `ancestor=${image}`).trim();

/** Looks until it is so, as long as the run goes on: in this process, so it gets most of the time. */
async function until<T>(run: Promise<unknown>, look: () => T | undefined): Promise<T> {
  let over = false;
  const end = () => (over = true);
  run.then(end, end);
  while (!over) {
    const looked = performance.now();
    const seen = look();
    if (seen !== undefined) return seen;
    await pause(3 * (performance.now() - looked));
  }
  throw new Error('the run ended before');
}

/** The step's container, once it waits for a service. */
function waiting(): string | undefined {
  const container = engine.run('ps', '--no-trunc', '--format', '{{.Names}} {{.Command}}').split('\n');
  const step = container.find((line) => line.includes('/run/lockstep/start'))?.split(' ')[0];
  return step !== undefined && engine.attempt('exec', step, 'cat', '/run/lockstep/waiting') !== '' ? step : undefined;
}

/** Containers take seconds: what differs little from the rest is tried in the long form. */
const LONG = process.env.LONG !== undefined;

describeNeeding(obstacle, 'services', { timeout: 90_000 }, () => {
  const each = async (check: (place: EnginePlace) => Promise<void>) => {
    for (const place of places) await check(place);
  };

  test('are reachable as NAME and as NAME-svc, without a network and in all steps of a call, and are gone with it', () =>
    each(async (place) => {
      const services = `[{name: web, image: '${web}', ports: [80], env: {GREETING: 'hello \${{ args.who }}'}}, {name: other_one, image: '${web}', ports: [8080], env: {PORT: 8080, GREETING: 'more: "quoted"'}}]`;
      const steps = `  - {id: a, run: 'wget -qO- http://web/ http://other_one:8080/; ls /sys/class/net; echo kept > /tmp/x'}
  - {id: b, run: 'wget -qO- http://web-svc/; ls /tmp'}\n`;
      const told = await ran({ head: 'args: {who: {default: Ada}}\n', services, steps }, place);
      expect(told.ends).toEqual({ a: 'succeeded', b: 'succeeded' });
      expect(told.output('a')).toBe('hello Ada\nmore: "quoted"\nlo\n');
      expect(told.output('b')).toBe('hello Ada\n');
      expect(left()).toBe('');
    }));

  test('are shared by concurrent steps, and separate for each call', async () => {
    const also = {
      'tools/inner.yaml': `image: ${engine.image}\ncontainer: {pull: never, services: [{name: web, image: '${web}', ports: [80], env: {GREETING: inner}}]}\nsteps: [{id: a, run: 'wget -qO- http://web/'}]\n`,
    };
    const steps = `  - {id: a, needs: [], run: 'wget -qO- http://web/'}
  - {id: b, needs: [], run: 'wget -qO- http://web/'}
  - {id: call, needs: [], uses: inner}\n`;
    const told = await ran({ steps, also });
    expect(told.outcome.status).toBe('succeeded');
    expect([told.output('b'), told.output('call/a')]).toEqual(['hello\n', 'inner\n']);
    expect(left()).toBe('');
  });

  if (LONG)
    test('are on the network that is open where the steps are', async () => {
      const told = await ran({
        head: 'network: open\n',
        steps: `  - {id: a, run: 'wget -qO- http://web/; ls /sys/class/net'}\n`,
      });
      expect(told.output('a')).toMatch(/^hello\n(?=.*\w+\d)(?:\w+\n)*lo\n$/s);
    });

  test('are waited for until they listen', () =>
    each(async (place) => {
      const services = `[{name: web, image: '${web}', ports: [80], env: {GREETING: late, HELD: y}}]`;
      const run = ran({ services, steps: `  - {id: a, run: 'wget -qO- http://web/'}\n` }, place);
      const step = await until(run, waiting);
      expect(engine.run('exec', step, 'cat', '/run/lockstep/waiting')).toBe('0050/80/web\n');
      engine.run('exec', runningOf(web), 'touch', '/go');
      expect((await run).output('a')).toBe('late\n');
    }));

  test('that end while they are waited for keep the step from beginning, and their last words are shown, masked', () =>
    each(async (place) => {
      const services = `[{name: web, image: '${web}', ports: [80], env: {GREETING: '\${{ args.who }}', HELD: y, FAILS: 3}}]`;
      const steps = `  - {id: a, retry: {limit: 1, delay: 0s}, run: 'echo begun'}\n`;
      const run = ran({ head: 'args: {who: {default: Ada}}\n', services, steps }, place);
      await until(run, waiting);
      engine.run('exec', runningOf(web), 'touch', '/go');
      const told = await run;
      expect(told.step('a')?.reason).toEqual({
        why: 'not-started',
        detail: 'its service "web" does not run: exit code 3',
      });
      const said = told.output('a') + told.output('a', 'stderr');
      expect(said).toContain('web | serving Ada\nweb | no room for 3\n');
      expect(said).not.toContain('begun');
      expect(left()).toBe('');
    }));

  test.each([
    [
      0,
      'whose image is not there',
      `[{name: db, image: 'localhost/no-such-image:1'}]`,
      /service "db" cannot start: the image localhost\/no-such-image:1 cannot be fetched/,
    ],
    [
      1,
      'that fail at once',
      `[{name: db, image: 'WEB', ports: [80], env: {FAILS: 7}}]`,
      /service "db" does not run: exit code 7/,
    ],
    [
      2,
      'whose command is not there',
      `[{name: db, image: 'EMPTY'}]`,
      /service "db" (?:does not run: exit code \d+|cannot be made)/,
    ],
  ])('%i: %s fail the step, which reports it', async (turn, _what, services, said) => {
    for (const place of inTurn(places, turn)) {
      const empty = engine.imageWith('empty', {}, ['/no/such/command']);
      const wanted = services.replace('WEB', web).replace('EMPTY', empty);
      await open({ services: wanted, steps: `  - {id: a, run: 'echo begun'}\n` }, place);
      workshop.write(
        'tools/main.yaml',
        `image: ${engine.image}\ncontainer: {services: ${wanted}}\nsteps: [{id: a, run: echo begun}]\n`,
      );
      const told = await workshop.run('main');
      expect(told.step('a')?.reason).toMatchObject({ why: 'not-started', detail: expect.stringMatching(said) });
      // The container that waits says why, where it was started before the service had ended.
      expect(told.output('a')).not.toContain('begun');
      expect(left()).toBe('');
    }
  });

  test('without a port may finish their work and end', async () => {
    const services = `[{name: seed, image: '${engine.imageWith('seed', {}, ['/bin/true'])}'}]`;
    expect((await ran({ services, steps: `  - {id: a, run: 'true'}\n` })).ends).toEqual({ a: 'succeeded' });
  });

  test('are gone after a failure and after a timeout, and stay for always() steps', async () => {
    const steps = `  - {id: a, timeout: 12s, run: 'wget -qO- http://web/; sleep 1000'}
  - {id: b, if: '\${{ always() }}', run: 'wget -qO- http://web/; exit 4'}\n`;
    const told = await ran({ steps });
    expect(told.ends).toEqual({ a: 'failed: timeout', b: 'failed: exit-code' });
    expect([told.output('a'), told.output('b')]).toEqual([expect.stringMatching(/^hello\n/), 'hello\n']);
    expect(left()).toBe('');
  });

  test('a step that is ended while it waits for them leaves nothing behind', () =>
    each(async (place) => {
      const services = `[{name: web, image: '${web}', ports: [81], env: {GREETING: elsewhere}}]`;
      const told = await ran({ services, steps: `  - {id: a, timeout: 5s, run: 'true'}\n` }, place);
      expect(told.ends).toEqual({ a: 'failed: timeout' });
      expect(left()).toBe('');
    }));

  test('never receive a secret by their arguments or variables', async () => {
    const secret = 'canary-9c41d7';
    const steps = `  - {id: a, secrets: [TOKEN], run: 'echo started; while [ ! -e /tmp/go ]; do sleep 0.05; done'}\n`;
    await open({ steps, values: { TOKEN: secret } });
    const seen: string[] = [];
    const told = await workshop.run('main', {}, (event) => {
      if (event.type !== 'output') return;
      const all = engine.run('ps', '--all', '--quiet').trim().split('\n');
      seen.push(engine.run('inspect', ...all), engine.grep(secret), ...commandLines());
      for (const one of all) engine.attempt('exec', one, 'touch', '/tmp/go');
    });
    expect(told.ends).toEqual({ a: 'succeeded' });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join('\n')).not.toContain(secret);
  });

  test('do not receive a value that a caller derives from its sensitive argument', async () => {
    const also = {
      'tools/inner.yaml': `args: {name: {}}\nimage: ${engine.image}\ncontainer: {pull: never, services: [{name: web, image: '${web}', env: {GREETING: 'x \${{ args.name }}'}}]}\nsteps: [{id: a, run: 'true'}]\n`,
      'tools/outer.yaml': `args: {password: {sensitive: true}}\nsteps: [{id: call, uses: inner, with: {name: '\${{ args.password }}'}}]\n`,
    };
    await open({ steps: `  - {id: a, run: 'true'}\n`, also });
    const told = await workshop.run('outer', { values: { password: 'hunter2-hunter2' } });
    expect(told.step('call/a')?.reason).toEqual({
      why: 'not-started',
      detail: '$GREETING of its service "web" holds a secret, which must not appear on a command line',
    });
  });

  test.each(LONG ? (['SIGINT', 'SIGKILL'] as const) : (['SIGKILL'] as const))(
    'are gone after a %s, or with the next run',
    async (signal) => {
      const head = `image: ${engine.image}\ncontainer: {pull: never, services: ${ONE()}}\n`;
      using repository = new Repository({
        'tools/held.yaml': `kind: tool\nname: held\n${head}steps: [{id: a, run: 'wget -qO- http://web/; echo started; sleep 1000'}]\n`,
        'tools/next.yaml': `kind: tool\nname: next\nimage: ${engine.image}\nsteps: [{id: a, run: 'true'}]\n`,
      });
      Object.assign(repository.env, ofPodman(engine));
      await using running = new RunningProgram(repository, ['run', 'held']);
      await running.until('started');
      expect(left().trim().split('\n').length).toBe(3);
      running.signal(signal);
      await running.ended;
      if (signal === 'SIGKILL') await repository.must(['run', 'next']);
      expect(left()).toBe('');
    },
  );
});
