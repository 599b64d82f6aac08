import { createHash } from 'node:crypto';
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
  // Nobody is asked any more in a run that was cancelled, or whose time is up.
  if (cancel.aborted) return notStarted('cancelled', { why: 'cancelled' });
  const nth = context.asked.get(path) ?? 0;
  context.asked.set(path, nth + 1);
  const question = questionOf(planned, frame, context);
  const answer = await context.turns.waitSignal({ step: path, nth, ...question }, cancel);
  if (answer.approved === null)
    return answer.why === 'cancelled'
      ? notStarted('cancelled', { why: 'cancelled' })
      : notStarted('failed', { why: 'not-approved', detail: 'nobody is here to give it' });
  const { approved, by, reason } = answer;
  if (approved) return null;
  const detail = `${by} said no${reason === undefined ? '' : `: ${reason}`}`;
  return notStarted('failed', { why: 'not-approved', detail });
}

/** Characters of one argument that a question shows. */
const SHOWN = 80;

/** What a person has to know for an answer: what it does, with which arguments, and which secrets it gets. */
function questionOf(planned: PlannedStep, { tool, args }: Frame, context: RunContext) {
  const { path, step } = planned;
  const runs = 'call' in planned ? plannedRuns(planned.call) : [planned];
  const granted = runs.flatMap(({ secrets }) => secrets.filter(({ decision }) => decision.granted));
  const names = [...new Set(granted.map(({ request }) => request.name))];
  const given = Object.entries(args).filter(([name]) => tool.args.get(name)?.sensitive !== true);
  const texts = given.map(([name, value]) => [name, context.redactor.text(asText(value))] as const);
  const about = [path, step.description, tool.name, names, texts];
  const shown = texts.map(([name, text]) => `${name}=${text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text}`);
  const parts = [
    `The step "${path}" wants approval`,
    ...(step.description === undefined ? [] : [step.description]),
    ...('call' in planned ? [`it calls ${planned.call.tool.name}`] : []),
    ...(shown.length === 0 ? [] : [`${tool.name} has ${shown.join(' ')}`]),
    ...(names.length === 0 ? [] : [`it gets ${names.join(', ')}`]),
  ];
  const text = `${parts.join('; ')}. Run it?`;
  return { text: visible(text), about: createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16) };
}

/** On one line, and nothing in it that a terminal obeys. */
function visible(text: string): string {
  const code = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, code);
}
