import { execa } from 'execa';

/** What a step of ours does in the loops of bare engines: starts a program and waits for its end. Returns its exit code. */
export async function bareStep(): Promise<number> {
  const { exitCode } = await execa('sh', ['-c', 'true'], {
    buffer: false,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`a step ended with ${exitCode}`);
  return exitCode;
}
