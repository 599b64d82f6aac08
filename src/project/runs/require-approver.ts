import { LockstepError } from '../../errors.ts';
import { callWantsApproval, type Plan, stepsToApprove } from '../../plan/plan.ts';
import type { RunOptions } from './call-options.ts';

/**
 * Refuses at once a run that would wait for a person who cannot be asked.
 * @param resumes the run to continue
 * @throws LockstepError `run/not-approved`
 */
export function requireApprover(plan: Plan, { approve, awaitApproval }: RunOptions, resumes?: string): void {
  if (approve !== undefined || awaitApproval === true) return;
  const { tool, agent } = plan;
  const [first] = stepsToApprove(plan.root);
  const call = callWantsApproval(plan);
  if (!call && first === undefined) return;
  const what = call
    ? `the agent ${agent?.name} wants approval for each call of ${tool.name}`
    : `the step "${first?.stepPath}" of ${tool.name} wants approval`;
  const began = `lockstep run ${tool.name}${agent === undefined ? '' : ` --agent ${agent.name}`}`;
  const command = resumes === undefined ? began : `lockstep runs resume ${resumes}`;
  throw new LockstepError('run/not-approved', `${what}, and there is no terminal to ask at; nothing was started`, [
    `${command}, at a terminal`,
    `${command} --await-approval, and lockstep runs approve from another one`,
  ]);
}
