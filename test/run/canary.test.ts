import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ContainerEngine, containerObstacle } from '../rig/container-engine.ts';
import { describeNeeding, sandboxObstacle } from '../rig/needing.ts';
import { commandLines } from '../rig/processes.ts';
import { Repository } from '../rig/repository.ts';
import { RunningProgram } from '../rig/running-program.ts';

/*
 * Six values of different shapes go through every executor and every way in which a run can end, while the step says and
 * writes all it knows. Nothing of them may be found anywhere afterwards.
 */

const random = (bytes: number) => randomBytes(bytes).toString('hex');
const SECRETS: Readonly<Record<string, Buffer>> = {
  ASCII: Buffer.from(`canary-${random(12)}`),
  QUOTES: Buffer.from(`${random(6)} "it's" \\ ü <&> %$(x) ${random(6)}`),
  PEM: Buffer.from(`-----BEGIN CANARY-----\n${random(30)}\n${random(30)}\n-----END CANARY-----\n`),
  LARGE: Buffer.from(Array.from({ length: 1_000 }, () => random(35)).join('\n')),
  BINARY: Buffer.concat([Buffer.from([0, 255, 254]), randomBytes(40), Buffer.from([0, 10, 0])]),
  PIN: Buffer.from(String(100_000 + (randomBytes(3).readUIntBE(0, 3) % 900_000))),
};
const FORMS = ['ASCII', 'QUOTES', 'PEM', 'PIN'].map((name) => `{name: ${name}}`);
const FILES = ['LARGE', 'BINARY'].map((name) => `{name: ${name}, as: file}`);

/** What is looked for: enough of each value, in each encoding, that chance would not write it. */
function needles(): readonly Buffer[] {
  return Object.entries(SECRETS).flatMap(([name, value]) => {
    if (name === 'PIN') return [];
    const lines = name === 'PEM' || name === 'LARGE' ? value.toString().split('\n').slice(1, 3) : [];
    const cores = lines.length > 0 ? lines.map((line) => Buffer.from(line)) : [value];
    return cores.flatMap((core) => {
      const base64 = [0, 1, 2].map((offset) =>
        Buffer.concat([Buffer.alloc(offset), core])
          .toString('base64')
          .slice(4, -4),
      );
      const texts = [
        ...base64,
        ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
        core.toString('hex'),
        core.toString('hex').toUpperCase(),
        encodeURIComponent(core.toString('latin1')),
        JSON.stringify(core.toString()).slice(1, -1),
        JSON.stringify(JSON.stringify(core.toString())).slice(2, -2),
      ];
      return [core, ...texts.map((text) => Buffer.from(text))];
    });
  });
}

function found(where: Buffer | string): number {
  const bytes = Buffer.from(where);
  return needles().filter((needle) => needle.length > 11 && bytes.includes(needle)).length;
}

/** Files below these folders that hold one of them. */
function filesWith(folders: readonly string[]): string[] {
  const patterns = needles().filter((needle) => needle.length > 11 && !needle.includes(0) && !needle.includes(10));
  const list = join(repository.place, '..', `canary-patterns-${process.pid}`);
  writeFileSync(list, patterns.map((one) => one.toString('latin1')).join('\n'), 'latin1');
  const there = folders.filter((folder) => existsSync(folder));
  const { stdout } = spawnSync('grep', ['-rlaF', '--devices=skip', '-f', list, ...there], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  rmSync(list);
  return stdout.split('\n').filter((path) => path !== '');
}

const SAY = `set +e
for v in "$ASCII" "$QUOTES" "$PEM" "$PIN"; do
  echo "$v"; printf %s "$v" | base64; printf "x%s" "$v" | base64; printf %s "$v" | od -An -v -tx1 | tr -d ' \\n'; echo
done
cat "$LARGE"; cat "$BINARY"; echo "$ASCII" >&2
echo "leak=$ASCII $QUOTES" >> "$LOCKSTEP_OUTPUT"
echo said-all
`;
const ENDS: Readonly<Record<string, string>> = {
  success: 'exit 0',
  failure: 'exit 9',
  'command not found': 'no-such-command-anywhere; exit $?',
  timeout: 'sleep 30',
  cancel: 'sleep 30',
  SIGKILL: 'sleep 30',
};
const obstacle = containerObstacle();
const OBSTACLES: Readonly<Record<string, string>> = { host: '', sandbox: sandboxObstacle(), container: obstacle };
const EXECUTORS = Object.keys(OBSTACLES);

let repository: Repository;
let engine: ContainerEngine | undefined;
beforeAll(async () => {
  repository = new Repository({ 'lockstep.yaml': '' }, true);
  if (obstacle === '') engine = new ContainerEngine();
  Object.assign(repository.env, engine && { ...engine.env, HOME: repository.env.HOME, PATH: process.env.PATH });
  await repository.must(['init']);
  for (const executor of EXECUTORS.filter((one) => OBSTACLES[one] === '')) {
    const head = { host: '', sandbox: 'sandbox: true\n', container: `image: ${engine?.image}\n` }[executor];
    for (const [end, script] of Object.entries(ENDS)) {
      const name = `${executor}-${end.replaceAll(' ', '-').toLowerCase()}`;
      // Long enough to say all even on a busy machine, since that is what is looked for.
      const limit = end === 'timeout' ? '    timeout: 8s\n' : '';
      const body = `${SAY}${script}\n`.replace(/^/gm, '      ').trimEnd();
      repository.write(
        `tools/${name}.yaml`,
        `kind: tool\nname: ${name}\n${head}secrets: [${[...FORMS, ...FILES].join(', ')}]\nsteps:\n  - id: say\n    run: |\n${body}\n${limit}outputs: {leak: '\${{ steps.say.outputs.leak }}'}\n`,
      );
    }
  }
  repository.write('tools/noop.yaml', 'kind: tool\nname: noop\nsteps: [{run: "true"}]\n');
  for (const [name, value] of Object.entries(SECRETS)) await repository.must(['secret', 'set', name], value);
}, 120_000);
afterAll(() => {
  engine?.[Symbol.dispose]();
  repository[Symbol.dispose]();
});

const places = () => [repository.place, '/dev/shm', ...(engine ? [engine.folder] : [])];

test('the scan finds a planted value in each place', () => {
  for (const folder of places()) {
    const file = join(folder, 'canary-planted');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `x ${SECRETS.ASCII?.toString('base64')} y`);
    expect(filesWith([folder])).toContain(file);
    rmSync(file);
  }
  expect(found(`${SECRETS.QUOTES}`)).toBeGreaterThan(0);
  expect(filesWith(places())).toEqual([]);
});

for (const executor of EXECUTORS)
  describeNeeding(OBSTACLES[executor] ?? '', `through the ${executor}`, {}, () => {
    test.each(Object.keys(ENDS))('and %s: no value is left or shown', { timeout: 60_000 }, async (end) => {
      const name = `${executor}-${end.replaceAll(' ', '-').toLowerCase()}`;
      let said: string;
      if (end === 'cancel' || end === 'SIGKILL') {
        await using running = new RunningProgram(repository, ['run', name]);
        said = await running.until('said-all');
        expect(found(commandLines().join('\n'))).toBe(0);
        running.signal(end === 'cancel' ? 'SIGINT' : 'SIGKILL');
        await running.ended;
        if (end === 'SIGKILL') await repository.must(['run', executor === 'container' ? 'container-success' : 'noop']);
      } else {
        const { stdout, stderr } = await repository.lockstep(['run', name]);
        said = stdout + stderr;
        expect(said).toContain('said-all');
        expect(said).toMatch(
          { success: /^ok /m, failure: /exit code 9/, timeout: /timed out/ }[end] ?? /exit code 127/,
        );
      }
      expect(said).toContain('***');
      expect(found(said)).toBe(0);
      expect(said).not.toMatch(new RegExp(`(?<![0-9a-f])${SECRETS.PIN}(?![0-9a-f])`));
      expect(filesWith(places())).toEqual([]);
      expect(found(await repository.must(['runs', 'list', '--json']))).toBe(0);
    });
  });
