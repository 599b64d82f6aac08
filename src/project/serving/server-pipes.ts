import { findMkfifo, PipeMaker } from '../../process/output-pipes.ts';
import { machineEnvironment } from '../../run/workspace/environment.ts';
import { createScratch, type Scratch, scratchBase } from '../../run/workspace/scratch.ts';
import type { Ambient } from '../repository/config.ts';

/**
 * The pipes for all runs of a server, until the signal is aborted: one start of `mkfifo` serves many calls.
 * @param root no program in it makes pipes
 */
export function serverPipes(env: Ambient, root: string, signal: AbortSignal): PipeMaker {
  const machine = machineEnvironment(env, root);
  let scratch: Scratch | undefined;
  const newFolder = () => {
    scratch?.dispose();
    scratch = createScratch({ base: scratchBase(machine.TMPDIR) });
    return scratch.path;
  };
  signal.addEventListener('abort', () => scratch?.dispose());
  return new PipeMaker(newFolder, findMkfifo(machine));
}
