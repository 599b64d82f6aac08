import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type ChildEnd, runChild } from '../../../src/process/child.ts';
import { findBubblewrap, type SandboxPlace, sandboxExecutor } from '../../../src/run/executors/sandbox.ts';
import { createScratch } from '../../../src/run/scratch.ts';
import { describeNeeding, sandboxObstacle } from '../../rig/needing.ts';
import { processesWith } from '../../rig/processes.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const bubblewrap = findBubblewrap(PATH);

const place = realpathSync(mkdtempSync('/var/tmp/lockstep-sandbox-'));
const home = join(place, 'home');
const root = join(home, 'repository');
mkdirSync(join(root, 'tools'), { recursive: true });
mkdirSync(join(home, '.config'));
writeFileSync(join(root, 'tools/a.sh'), 'echo from the repository\n');
writeFileSync(join(home, '.config/identity.txt'), 'the key');
afterAll(() => rmSync(place, { recursive: true, force: true }));

async function runIn(script: string, more: Partial<SandboxPlace> = {}, cancel?: AbortController) {
  const scratch = createScratch();
  const step = scratch.step('a');
  const settings = { root, home, hidden: [], network: 'none', ...more } as const;
  const executor = sandboxExecutor(bubblewrap ?? '', PATH, settings, step);
  const shell = executor.resolve('bash', root);
  if ('missing' in shell) throw new Error(shell.missing.join());
  const path = step.write('script.sh', Buffer.from(script), 0o500);
  const output = step.write('output', new Uint8Array(), 0o600);
  const env = { PATH, HOME: home, LOCKSTEP_OUTPUT: output, TOKEN: 'the value', MARK: place };
  let said = '';
  const end: ChildEnd = await runChild({
    ...executor.command({ file: shell.file, args: shell.args(path), cwd: root, env }),
    // What is deaf to TERM is not waited for; what listens has all the time it needs.
    graceMs: /trap ["']{2}/.test(script) ? 300 : 30_000,
    ...(cancel && { signal: cancel.signal }),
    onOutput: (_, chunk) => {
      said += Buffer.from(chunk).toString();
      if (said.includes('started')) cancel?.abort();
    },
  });
  await executor.end();
  const outputs = Buffer.from(step.read('output') ?? []).toString();
  scratch.dispose();
  return { end, said, outputs };
}

describeNeeding(sandboxObstacle(), 'a sandbox', {}, () => {
  test('runs the step with its variables, and takes its outputs', async () => {
    const ran = await runIn('sh tools/a.sh; echo "$TOKEN"; echo a=1 >> "$LOCKSTEP_OUTPUT"; exit 4');
    expect(ran).toEqual({ end: { how: 'exit', code: 4 }, said: 'from the repository\nthe value\n', outputs: 'a=1\n' });
  });

  test('lets nothing be written but in its own /tmp and home, which are gone afterwards', async () => {
    const tries = ['"$PWD/tools/a.sh"', '/etc/lockstep-test', '/usr/lockstep-test', '"$PWD/.git-hook"'];
    const script = `${tries.map((one) => `(echo x > ${one}) 2> /dev/null || echo refused`).join('\n')}
      echo x > /tmp/mine; echo y > "$HOME/mine"; cat /tmp/mine "$HOME/mine"; ls -A "$HOME"`;
    const { said } = await runIn(script);
    expect(said).toBe(`${'refused\n'.repeat(tries.length)}x\ny\nmine\nrepository\n`);
    expect(existsSync('/tmp/mine')).toBe(false);
    expect(readFileSync(join(root, 'tools/a.sh'), 'utf8')).toContain('repository');
  });

  test('leaves root none of the rights by which it could undo that', async () => {
    const script = `grep CapEff /proc/self/status
      mount -o remount,rw,bind / 2> /dev/null && echo mounted
      mknod disk b 8 0 2> /dev/null && echo made
      chroot / true 2> /dev/null && echo changed
      true`;
    expect((await runIn(script)).said).toBe('CapEff:\t0000000000000000\n');
  });

  test('hides the home folder, the folders that are named, and the sockets of the machine', async () => {
    mkdirSync(join(place, 'state'), { recursive: true });
    writeFileSync(join(place, 'state/pins.json'), '{}');
    const script = `cat ${home}/.config/identity.txt ${place}/state/pins.json 2> /dev/null || echo hidden; find /run -type s | wc -l`;
    expect((await runIn(script, { hidden: [join(place, 'state')] })).said).toBe('hidden\n0\n');
  });

  test('has no network unless it is open', async () => {
    const devices = 'ls /sys/class/net | wc -l; grep -c : /proc/net/dev';
    const [, closed] = (await runIn(devices)).said.trim().split('\n');
    const [, open] = (await runIn(devices, { network: 'open' })).said.trim().split('\n');
    expect(closed).toBe('1');
    expect(open).toBe(execFileSync('grep', ['-c', ':', '/proc/net/dev'], { encoding: 'utf8' }).trim());
  });

  test('sees only its own processes', async () => {
    expect((await runIn('ls /proc | grep -c "^[0-9]"')).said.trim().length).toBe(1);
  });

  test('is told to end, and has its grace', async () => {
    const gentle = 'exec 2> /dev/null; trap "echo told; exit 3" TERM; echo started; while true; do sleep 0.05; done';
    expect(await runIn(gentle, {}, new AbortController())).toMatchObject({
      end: { how: 'cancelled' },
      said: 'started\ntold\n',
    });
  });

  test.each([
    ['deaf to TERM', 'trap "" TERM; echo started; while true; do sleep 0.05; done'],
    ['in another session', 'setsid sh -c "trap \'\' TERM; while true; do sleep 0.05; done" & echo started; wait'],
    ['forked twice', '(setsid sh -c "while true; do sleep 0.05; done" &) ; echo started; sleep 1000'],
    ['left behind by a step that ends', 'setsid sleep 1001 & echo no; exit 0'],
  ])('nothing of it survives: %s', async (_what, script) => {
    await runIn(script, {}, new AbortController());
    expect(processesWith(`MARK=${place}`)).toEqual([]);
  });
});
