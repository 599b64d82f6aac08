import { asText } from '../definition/template.ts';
import { type PlannedStep, plannedRuns } from '../plan/plan.ts';
import type { Frame } from './frame.ts';
import type { RunContext } from './run-context.ts';
import { type NotStarted, notStarted } from './step-lock.ts';

/** Asks before a step that wants approval. Null where it may start. Fails closed: what is no yes is a no. */
export async function withoutApproval(
  planned: PlannedStep,
  frame: Frame,
  context: RunContext,
  cancel: AbortSignal,
): Promise<NotStarted | null> {
  const { path, approval } = planned;
  if (!approval) return null;
  const nth = context.asked.get(path) ?? 0;
  context.asked.set(path, nth + 1);
  const text = questionOf(planned, frame, context);
  const answer = await context.turns.waitSignal({ step: path, nth, text }, cancel);
  if (answer.approved === null)
    return answer.why === 'cancelled'
      ? notStarted('cancelled', { why: 'cancelled' })
      : notStarted('failed', { why: 'not-approved', detail: 'nobody is here to give it' });
  const { approved, by, reason } = answer;
  if (approved) return null;
  const detail = `${by} said no${reason === undefined ? '' : `: ${reason}`}`;
  return notStarted('failed', { why: 'not-approved', detail });
}

/** Characters of the arguments that a question shows. */
const SHOWN = 200;

/** What a person has to know for an answer: what it does, with which arguments, and which secrets it gets. */
function questionOf(planned: PlannedStep, { tool, args }: Frame, context: RunContext): string {
  const { path, step } = planned;
  const runs = 'call' in planned ? plannedRuns(planned.call) : [planned];
  const granted = runs.flatMap(({ secrets }) => secrets.filter(({ decision }) => decision.granted));
  const names = [...new Set(granted.map(({ request }) => request.name))];
  const given = Object.entries(args).filter(([name]) => tool.args.get(name)?.sensitive !== true);
  const shown = context.redactor.text(given.map(([name, value]) => `${name}=${asText(value)}`).join(' '));
  const parts = [
    `The step "${path}" wants approval`,
    ...(step.description === undefined ? [] : [step.description]),
    ...('call' in planned ? [`it calls ${planned.call.tool.name}`] : []),
    ...(shown === '' ? [] : [`${tool.name} has ${shown.length > SHOWN ? `${shown.slice(0, SHOWN)}...` : shown}`]),
    ...(names.length === 0 ? [] : [`it gets ${names.join(', ')}`]),
  ];
  return `${parts.join('; ').replace(/\s+/g, ' ')}. Run it?`;
}
