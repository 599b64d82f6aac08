import type { Job } from '../../engine/postgres/job.ts';
import { LockstepError } from '../../errors.ts';
import type { ResumeState } from '../runs/launch.ts';

/**
 * Refuses a tool that is not the one which was submitted, and a group that the job does not name: the worker's own choice
 * must not open it.
 */
export function requireSubmitted({ digest, group }: Job): ResumeState['check'] {
  return ({ plan, digest: found }) => {
    if (plan.group !== group)
      throw new LockstepError('engine/refused', 'its tool asks for secrets, and its job names no group', [
        'submit the run again',
      ]);
    if (found === digest) return;
    throw new LockstepError('engine/refused', 'at its commit, the tool is not the one that was submitted', [
      'commit and push the change, then submit the run again',
    ]);
  };
}
