/** Starts a sandboxed step and is killed so many milliseconds later: `sandbox-runner.ts ROOT MARK DELAY`. */
import { runChild } from '../../src/process/child.ts';
import { SandboxBase } from '../../src/run/executors/sandbox/base.ts';
import { findBubblewrap, sandboxExecutor } from '../../src/run/executors/sandbox/sandbox.ts';
import { createScratch } from '../../src/run/workspace/scratch.ts';

const [root = '', mark = '', delayMs = '0'] = process.argv.slice(2);
const PATH = '/usr/bin:/bin';
const scratch = createScratch();
const settings = {
  bubblewrap: { file: findBubblewrap(PATH) ?? '', canDisableUserns: true },
  ...{ home: '/home/step', hidden: [], binds: [], ports: [] },
};
const base = new SandboxBase(settings, scratch);
const executor = sandboxExecutor(base, { root, network: 'none', searchPath: PATH }, scratch.step('a'), process.arch);
const [name = '', value = ''] = mark.split('=');
void runChild({
  ...executor.command({ file: '/bin/sleep', args: ['1000'], cwd: root, env: { PATH, [name]: value } }),
  graceMs: 1000,
  onStart: () => void setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(delayMs)),
  onOutput: () => undefined,
});
