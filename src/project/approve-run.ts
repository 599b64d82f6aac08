import { randomUUID } from 'node:crypto';
import { agentToolFor } from '../definition/agent-tools.ts';
import type { Journal } from '../engine/journal.ts';
import { LockstepError } from '../errors.ts';
import { type Plan, stepsToApprove } from '../plan/plan.ts';
import type { Engine } from '../run/engine.ts';
import type { RunOptions } from './call-options.ts';

const HINTS = (tool: string, agent: string) => [
  `lockstep run ${tool}${agent}, at a terminal`,
  `lockstep run ${tool}${agent} --await-approval, and lockstep runs approve from another one`,
];

/** Whether the agent wants its call of the plan's tool approved as a whole. */
export function callWantsApproval({ agent, tool }: Plan): boolean {
  return agent !== undefined && agentToolFor(agent, tool.name)?.approve === 'always';
}

/** Refuses at once what would wait in vain for a person. @throws LockstepError `run/not-approved` */
export function requireApprover(plan: Plan, { approve, awaitApproval }: RunOptions): void {
  if (approve !== undefined || awaitApproval === true) return;
  const [first] = stepsToApprove(plan.root);
  if (callWantsApproval(plan)) throw notApproved(plan, 'nobody is here to give it');
  if (first === undefined) return;
  const { tool, agent } = plan;
  throw new LockstepError(
    'run/not-approved',
    `the step "${first.path}" of ${tool.name} wants approval, and nobody is here to give it; nothing was started`,
    HINTS(tool.name, agent === undefined ? '' : ` --agent ${agent.name}`),
  );
}

/**
 * Asks before the agent's call, while nothing is unsealed yet. A no ends the run in its journal, and is thrown.
 * @throws LockstepError `run/not-approved`
 */
export async function approveCall(
  plan: Plan,
  run: string,
  engine: Engine,
  journal: Journal,
  cancel: AbortSignal,
): Promise<void> {
  const { agent, tool } = plan;
  const text = `The agent ${agent?.name} asks before each call of ${tool.name}. Run it?`;
  // The arguments are not in it, for they may hold secrets, which are not known yet: an answer is for this process alone.
  const question = { step: '', nth: 0, text, about: randomUUID() };
  const answer = await engine.waitSignal(question, cancel);
  if (answer.approved === true) return;
  const cancelled = answer.approved === null && answer.why === 'cancelled';
  const detail =
    answer.approved === null
      ? 'nobody is here to give it'
      : `${answer.by} said no${answer.reason ? `: ${answer.reason}` : ''}`;
  const reason = cancelled ? ({ why: 'cancelled' } as const) : ({ why: 'not-approved', detail } as const);
  const status = cancelled ? 'cancelled' : 'failed';
  const report = { run, tool: tool.name, status, reason, steps: [], outputs: {}, durationMs: 0 } as const;
  journal.event({ type: 'run-finished', report });
  throw notApproved(plan, cancelled ? 'the run was cancelled' : detail);
}

function notApproved({ agent, tool }: Plan, why: string): LockstepError {
  return new LockstepError(
    'run/not-approved',
    `the agent ${agent?.name} wants approval for each call of ${tool.name}, and ${why}`,
    HINTS(tool.name, ` --agent ${agent?.name}`),
  );
}
