import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { scratchBase } from '../../src/run/workspace/scratch.ts';
import { describeNeeding } from '../rig/needing.ts';
import { LOCKSTEP } from '../rig/repository.ts';
import { type Told, Workshop } from '../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** One step `a` with this script, and a step `b` after it that says what came of its output `x`. */
async function runScript(script: string, shell = 'bash'): Promise<Told> {
  workshop = new Workshop({
    'tools/main.yaml': `
outputs: {x: '\${{ join(steps.*.outputs.x) }}'}
steps:
  - {id: a, shell: ${shell}, run: ${JSON.stringify(script)}}
  - {id: b, run: echo after}
`,
  });
  return workshop.run('main');
}

describe('a step that tampers with its output file', () => {
  test.each([
    ['removes it', 'rm "$LOCKSTEP_OUTPUT"'],
    ['makes a pipe of it', 'rm "$LOCKSTEP_OUTPUT"; mkfifo "$LOCKSTEP_OUTPUT"'],
    ['makes a folder of it', 'rm "$LOCKSTEP_OUTPUT"; mkdir "$LOCKSTEP_OUTPUT"'],
    ['links it to a file of others', 'ln -sf /etc/passwd "$LOCKSTEP_OUTPUT"'],
    ['links it to nothing', 'ln -sf nowhere "$LOCKSTEP_OUTPUT"'],
    ['links it to itself', 'ln -sf output "$LOCKSTEP_OUTPUT"'],
    ['links it to a device without end', 'ln -sf /dev/zero "$LOCKSTEP_OUTPUT"'],
    ['removes its whole folder', 'rm -rf "$(dirname "$LOCKSTEP_OUTPUT")"'],
  ])('and %s gives no outputs, and the run continues', async (_, script) => {
    const { outcome, output } = await runScript(script);
    expect(outcome).toMatchObject({ status: 'succeeded', outputs: { x: '' } });
    expect(output('b')).toBe('after\n');
  });

  test('and makes it a huge sparse file gets an error about its size', async () => {
    const { step } = await runScript('truncate -s 1T "$LOCKSTEP_OUTPUT"');
    expect(step('a')?.reason).toMatchObject({ why: 'output-limit' });
  });

  test('and hides it below very deep folders fails the steps after it and nothing else', async () => {
    const { ends, step } = await runScript('rm -rf "$(dirname "$(dirname "$LOCKSTEP_OUTPUT")")"');
    expect(ends).toEqual({ a: 'succeeded', b: 'failed: not-started' });
    expect(step('b')?.reason).toMatchObject({ detail: expect.stringMatching(/cannot be made \(ENOENT\)$/) });
  });
});

describe('a step that writes too much, or too little', () => {
  test('a script of 900 kB', async () => {
    const { output } = await runScript(`${`# ${'x'.repeat(998)}\n`.repeat(900)}echo done`);
    expect(output('a')).toBe('done\n');
  });

  test('ten million characters without a line end', async () => {
    const { output } = await runScript("head -c 10000000 /dev/zero | tr '\\0' x");
    expect(output('a').length).toBe(10_000_000);
  });

  test('ten thousand lines, and a hundred thousand outputs of one name', async () => {
    const { output, outcome } = await runScript(
      'seq 10000; for ((n = 0; n < 100000; n++)); do echo "x=$n"; done >> "$LOCKSTEP_OUTPUT"',
    );
    expect(output('a').split('\n').length).toBe(10_001);
    expect(outcome.outputs).toEqual({ x: '99999' });
  });

  test('closes its streams and continues to run', async () => {
    const { outcome } = await runScript('exec >&- 2>&-; echo x=late >> "$LOCKSTEP_OUTPUT"');
    expect(outcome.outputs).toEqual({ x: 'late' });
  });

  test('every byte value', async () => {
    const { output, outcome } = await runScript(
      'import sys; sys.stdout.buffer.write(bytes(range(256)) * 100); sys.stdout.flush()',
      'python',
    );
    expect(outcome.status).toBe('succeeded');
    expect(output('a')).toContain('\0\u0001\u0002');
  });
});

describe('a step that attacks its surroundings', () => {
  test('kills its own group: only this step fails', async () => {
    const { step, ends } = await runScript('kill -KILL 0');
    expect(step('a')?.reason).toEqual({ why: 'signal', signal: 'SIGKILL' });
    expect(ends.b).toBe('skipped: ancestor');
  });

  test('leaves a process behind that ignores TERM: it is gone when the step ends', async () => {
    const { output } = await runScript("(trap '' TERM; while :; do sleep 600; done) & echo $!");
    const pid = Number(output('a'));
    expect(existsSync(`/proc/${pid}`) && !/State:\s+Z/.test(status(pid))).toBe(false);
  }, 20_000);

  test('writes a tool into the repository: this run keeps its definitions, the next one reads the new tool', async () => {
    workshop = new Workshop({
      'tools/main.yaml': `
steps:
  - {id: a, run: "sed -i s/before/after/ tools/inner.yaml tools/main.yaml"}
  - {id: b, run: echo before}
  - {id: c, uses: inner}
`,
      'tools/inner.yaml': 'steps: [{id: say, run: echo before}]',
    });
    const first = await workshop.run('main');
    expect([first.output('b'), first.output('c/say')]).toEqual(['before\n', 'before\n']);
    const second = await workshop.run('main');
    expect([second.output('b'), second.output('c/say')]).toEqual(['after\n', 'after\n']);
  });

  test('changes the vault during the run: later steps still get the values from its start', async () => {
    const secret = { TOKEN: 'value-at-the-start' };
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `
args: {gate: {type: string}}
steps:
  - {id: wait, run: 'echo ready; read -r x < "$INPUT_GATE"'}
  - {id: use, secrets: [TOKEN], run: 'test "$TOKEN" = value-at-the-start && echo the same'}
`,
      },
      secret,
    );
    const gate = workshop.gate();
    const { output } = await workshop.run('main', { values: { gate: gate.path } }, async (event) => {
      if (event.type !== 'output' || event.step !== 'wait') return;
      await workshop.set('TOKEN', 'value-from-now-on');
      await gate.open();
    });
    expect(output('use')).toBe('the same\n');
  });
});

function status(pid: number): string {
  try {
    return execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

describe('a runner that is killed', () => {
  const ours = () => readdirSync(scratchBase()).filter((name) => name.startsWith('lockstep-'));

  test('leaves its secret files to the next run, which sweeps them', async () => {
    workshop = await Workshop.open(
      {
        'tools/hold.yaml':
          'secrets: [{name: KEY, as: file}]\nsteps: [{id: a, run: \'echo "path=$KEY"; sleep 600 & wait\'}]',
        'tools/quick.yaml': 'steps: [{id: a, run: "true"}]',
      },
      { KEY: 'value-of-the-key' },
    );
    const program = spawn(process.execPath, [LOCKSTEP, 'run', 'hold'], { cwd: workshop.root, env: workshop.env });
    const path = await new Promise<string>((resolve) => {
      let said = '';
      program.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const [, found] = /path=(\S+)\n/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    // From the kill on any run of this machine may sweep it.
    expect(existsSync(path)).toBe(true);
    const step = Number(execFileSync('pgrep', ['-P', String(program.pid)], { encoding: 'utf8' }).trim());
    const ended = new Promise((resolve) => program.once('exit', resolve));
    program.kill('SIGKILL');
    await ended;
    process.kill(-step, 'SIGKILL');
    await workshop.run('quick');
    expect(existsSync(path)).toBe(false);
    expect(ours().some((name) => name.startsWith(`lockstep-${program.pid}-`))).toBe(false);
  });
});

/** A mount namespace of one's own wants root, or user namespaces. */
const mayMount = (() => {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describeNeeding(mayMount ? '' : 'only root may mount', 'a memory file system that is full', {}, () => {
  /** Runs with a /dev/shm of this size of its own. */
  function withMemory(size: string, script: string) {
    return execFileSync(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        `mount -t tmpfs -o size=${size} tmpfs /dev/shm; ${script}; echo "exit $?"; ls -A /dev/shm`,
      ],
      { cwd: workshop.root, env: { ...workshop.env, PATH: `${workshop.env.PATH}:/usr/sbin:/sbin` }, encoding: 'utf8' },
    );
  }

  test('from the start: nothing starts and nothing is left behind', async () => {
    workshop = new Workshop({ 'tools/main.yaml': 'steps: [{id: a, run: echo started}]' });
    const said = withMemory(
      '4k',
      `head -c 4096 /dev/zero > /dev/shm/full; '${process.execPath}' '${LOCKSTEP}' run main 2>&1`,
    );
    expect(said).toMatch(
      /^error: \/dev\/shm\/lockstep-\S+ cannot be made \(the disk is full, ENOSPC\)\n {2}next: df -h .*\n {2}next: make room .*\nexit 3\nfull\n$/,
    );
  });

  test('for one step: it fails, another one continues', async () => {
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `
steps:
  - {id: small, run: echo started}
  - {id: large, needs: [], secrets: [{name: LARGE, as: file}], run: echo started}
`,
      },
      { LARGE: 'x'.repeat(500_000) },
    );
    const said = withMemory('256k', `'${process.execPath}' '${LOCKSTEP}' run main 2>&1`);
    expect(said).toContain('small | started\n');
    expect(said).toMatch(
      /^large \| failed: could not be started: \S+secret-LARGE cannot be made \(the disk is full, ENOSPC\)$/m,
    );
    expect(said).not.toContain('large | started');
    expect(said).toMatch(/\nexit 1\n$/);
  });
});
