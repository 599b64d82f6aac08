/**
 * `step-loop.ts execa|spawn COUNT CONCURRENCY PROGRAM [ARGUMENT ...]`: starts a program so many times, so many at a time, and
 * does nothing else. What any runner of steps on Node has to pay at the least.
 */
import { spawn } from 'node:child_process';
import { execa } from 'execa';

/** Resolves to the exit code; anything but 0 is a failure. */
type Start = (program: string, args: readonly string[]) => Promise<number | null | undefined>;

/** The options are those of src/process/start.ts. */
const withExeca: Start = async (program, args) => {
  const { exitCode } = await execa(program, args, {
    buffer: false,
    extendEnv: false,
    stdin: 'ignore',
    detached: true,
    cleanup: false,
    reject: false,
    forceKillAfterDelay: false,
    verbose: 'none',
  });
  return exitCode;
};

const withSpawn: Start = (program, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject).on('close', resolve);
  });

async function work(start: Start): Promise<void> {
  while (left > 0) {
    left -= 1;
    const code = await start(program, args);
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    done += 1;
  }
}

const [how, count, concurrency, program = '', ...args] = process.argv.slice(2);
let left = Number(count);
let done = 0;
const start = how === 'execa' ? withExeca : withSpawn;
await Promise.all(Array.from({ length: Number(concurrency) }, () => work(start)));
console.log(`${done} steps: ${done} succeeded`);
