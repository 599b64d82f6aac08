import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChildEnd, runChild } from '../../../../src/process/child.ts';
import { type ContainerOptions, containerExecutor } from '../../../../src/run/executors/containers/container.ts';
import type { ContainerRuntime as Engine } from '../../../../src/run/executors/containers/container-runtime.ts';
import { createScratch } from '../../../../src/run/workspace/scratch.ts';
import { ContainerEngine, containerObstacle } from '../../../rig/container-engine.ts';
import { describeNeeding } from '../../../rig/needing.ts';
import { commandLines } from '../../../rig/processes.ts';

const obstacle = containerObstacle();

let engine: ContainerEngine;
let docker: Engine | null = null;
const root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-test-')));
beforeAll(async () => {
  if (obstacle !== '') return;
  engine = new ContainerEngine();
  docker = await engine.docker();
});
afterAll(() => {
  engine?.[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
});

interface Result {
  readonly end: ChildEnd;
  readonly output: string;
  readonly notBegun?: string;
}

const scratchBase = () => mkdtempSync('/dev/shm/lockstep-test-');

/** Runs a script as a step would; `cancel` is aborted as soon as it says `started`. */
async function runIn(
  of: Engine,
  script: string,
  more: Partial<ContainerOptions> = {},
  env: Readonly<Record<string, string>> = {},
  cancel?: AbortController,
  readyMs?: number,
): Promise<Result> {
  const base = scratchBase();
  const options: ContainerOptions = {
    image: engine.image,
    root,
    files: [],
    network: 'none',
    pull: 'never',
    mounts: new Map(),
    volumes: new Map(),
    entrypoint: [],
    ...more,
  };
  const scratch = createScratch({ base }).step('a');
  const executor = containerExecutor(of, options, scratch, readyMs);
  const shell = executor.resolve('sh', '/work');
  if ('missing' in shell) throw new Error(shell.missing.join());
  scratch.write('script.sh', Buffer.from(script), 0o500);
  const args = shell.args('/run/lockstep/script.sh');
  let output = '';
  const end = await runChild({
    ...executor.command({ file: shell.file, args, cwd: '/work', env }),
    // What is deaf to TERM is not waited for; what listens has all the time it needs.
    graceMs: /trap ["']{2}/.test(script) ? 300 : 30_000,
    ...(cancel && { signal: cancel.signal }),
    onOutput: (_, chunk) => {
      output += Buffer.from(chunk).toString();
      if (output.includes('started')) cancel?.abort();
    },
  });
  await executor.end();
  rmSync(base, { recursive: true });
  const notBegun = executor.notBegun?.();
  return { end, output, ...(notBegun !== undefined && { notBegun }) };
}

const EXIT_0 = { kind: 'exit', code: 0 };

describeNeeding(obstacle, 'a container', { timeout: 60_000 }, () => {
  /** podman, and docker's command line where it is installed. */
  async function each(check: (runtime: Engine) => Promise<void>): Promise<void> {
    await check(engine.podman);
    if (docker !== null) await check(docker);
  }

  test('runs the script, and ends as it does', () =>
    each(async (one) => {
      const ended = await runIn(one, 'echo in $(pwd); exit 7');
      expect(ended).toEqual({ end: { kind: 'exit', code: 7 }, output: 'in /work\n' });
    }));

  test('gets its variables byte for byte, and none of its starter', () =>
    each(async (one) => {
      const env = { A: `it's "$x" \`y\` \\ ü\nnext`, B: '', C: ' x ' };
      const { output } = await runIn(one, 'printf "%s|" "$A" "$B" "$C"; env | sed s/=.*// | sort', {}, env);
      const [values, names = ''] = output.split('|').slice(0, 3).concat('|').join('|').split('||');
      expect(output.startsWith(`${env.A}|${env.B}|${env.C}|`)).toBe(true);
      expect(values).toBeDefined();
      expect(names).not.toContain('CONTAINERS_CONF');
      expect(output).not.toMatch(/CONTAINERS_CONF|DOCKER_HOST|LANG/);
    }));

  test('exposes its variables nowhere: not in a command line, not in the database, not in a file of the engine', () =>
    each(async (one) => {
      const secret = 'canary-5b1f0c';
      const script = 'echo started; while [ -e /run/lockstep/script.sh ]; do sleep 0.05; done';
      const cancel = new AbortController();
      const seen: string[] = [];
      cancel.signal.addEventListener('abort', () => {
        seen.push(...commandLines(), engine.grep(secret));
      });
      await runIn(one, script, {}, { TOKEN: secret }, cancel);
      seen.push(engine.grep(secret));
      expect(seen.join('\n')).not.toContain(secret);
      expect(seen.length).toBeGreaterThan(3);
    }));

  test('sees the listed files, cannot write them, and sees nothing else of the repository', () =>
    each(async (one) => {
      mkdirSync(join(root, 'tools/lib'), { recursive: true });
      for (const file of ['tools/lib/check.sh', 'tools/other.sh', 'tools/lib/a,b.sh'])
        writeFileSync(join(root, file), 'echo checked\n');
      const script = 'sh tools/lib/a,b.sh; ls tools; echo x 2> /dev/null > tools/lib/check.sh || echo refused';
      const { output } = await runIn(one, script, { files: ['tools/lib/check.sh', 'tools/lib/a,b.sh'] });
      expect(output).toMatch(/^checked\nlib\n(?:.*Read-only.*\n)?refused\n(?:.*Read-only.*\n)?$/);
    }));

  test('has no network unless it is declared', () =>
    each(async (one) => {
      const devices = 'ls /sys/class/net | tr "\\n" " "';
      expect((await runIn(one, devices)).output).toBe('lo ');
    }));

  test('gets TERM and time to clean up, and leaves nothing behind', () =>
    each(async (one) => {
      const gentle = 'trap "echo told; exit 3" TERM; echo started; while true; do sleep 0.05; done';
      const told = await runIn(one, gentle, {}, {}, new AbortController());
      expect(told).toEqual({ end: { kind: 'cancelled' }, output: 'started\ntold\n' });
      const deaf = 'trap "" TERM; echo started; while true; do sleep 0.05; done';
      expect((await runIn(one, deaf, {}, {}, new AbortController())).end).toEqual({ kind: 'cancelled' });
      expect(engine.run('ps', '--all', '--quiet')).toBe('');
    }));

  test('has limited resources and few rights', () =>
    each(async (one) => {
      const { end, output } = await runIn(one, 'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status', { memory: '64m' });
      expect(end).toEqual(EXIT_0);
      expect(output).toMatch(/NoNewPrivs:\s1/);
      expect(output).toMatch(/CapEff:\s0{8}[0-9a-f]{8}/);
      expect(output).not.toMatch(/CapEff:\s0*1ffffffffff/);
    }));

  test('waits for its services no longer than its limit, and names the one that does not listen', () =>
    each(async (one) => {
      const services = {
        options: ['--network', 'none'],
        services: [{ name: 'db', ports: [5432], ended: new Promise<void>(() => undefined), trouble: undefined }],
        lastLines: () => ['db | a \\ word'],
      };
      const fault = 'its service "db" does not listen on port 5432 after 0.3 s';
      expect(await runIn(one, 'echo begun', { services }, {}, undefined, 300)).toEqual({
        end: { kind: 'exit', code: 125 },
        output: `${fault}\ndb | a \\ word\n`,
        notBegun: fault,
      });
      expect(engine.run('ps', '--all', '--quiet')).toBe('');
    }));

  test('reports an image that does not exist', () =>
    each(async (one) => {
      const { end, output } = await runIn(one, 'true', { image: 'localhost/no-such-image:1' });
      expect(end).toEqual({ kind: 'exit', code: 125 });
      expect(output).toContain('no-such-image');
    }));
});
