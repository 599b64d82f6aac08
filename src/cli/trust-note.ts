import { LockstepError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import type { Context } from './context.ts';
import { painter, say } from './terminal/say.ts';

/** Notes that the vault was read without trust. Another message reports a vault that cannot be opened at all. */
export async function noteDistrust(context: Context, project: Project): Promise<void> {
  const vault = await project.vault.open().catch((error: unknown) => {
    if (error instanceof LockstepError) return null;
    throw error;
  });
  if (vault === null || vault.trusted) return;
  const head = painter(context.color.stderr)('yellow', 'note:');
  say(context.stderr, `${head} this machine does not trust the vault yet: lockstep trust\n`);
}
