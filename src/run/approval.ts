import { createHash } from 'node:crypto';
import { asText } from '../definition/template.ts';
import type { Tool } from '../definition/tool.ts';
import { callWantsApproval, type Plan, type PlannedRun, type PlannedStep, plannedRuns } from '../plan/plan.ts';
import type { Answer, Question } from './engine.ts';
import type { EndReason } from './event.ts';
import type { Frame } from './frame.ts';
import type { RunContext } from './run-context.ts';

/** Why something does not start that wanted approval. */
export interface Refusal {
  readonly status: 'failed' | 'cancelled';
  readonly reason: EndReason;
}

const CANCELLED: Refusal = { status: 'cancelled', reason: { why: 'cancelled' } };

/** Asks before a step that wants approval. Null where it may start. Fails closed: what is no yes is a no. */
export async function withoutApproval(
  planned: PlannedStep,
  { tool, args }: Frame,
  context: RunContext,
  cancel: AbortSignal,
): Promise<Refusal | null> {
  const { path, approval, step } = planned;
  if (!approval) return null;
  const nth = context.asked.get(path) ?? 0;
  context.asked.set(path, nth + 1);
  const shown = shownArguments(tool, args, context);
  const runs = 'call' in planned ? plannedRuns(planned.call) : [planned];
  const says = [
    `The step "${path}" wants approval`,
    ...(step.description === undefined ? [] : [step.description]),
    ...('call' in planned ? [`it calls ${planned.call.tool.name}`] : []),
    ...(shown.length === 0 ? [] : [`${tool.name} has ${shown.map(shortened).join(' ')}`]),
  ];
  const about = [path, step.description, tool.name, shown];
  return ask({ step: path, nth, says, about, runs }, context, cancel);
}

/** The same before anything of an agent's call runs, where the agent wants that. */
export async function callWithoutApproval(
  plan: Plan,
  context: RunContext,
  cancel: AbortSignal,
): Promise<Refusal | null> {
  if (!callWantsApproval(plan)) return null;
  const { tool, agent, args, root } = plan;
  const shown = shownArguments(tool, args, context);
  const given = shown.length === 0 ? '' : ` with ${shown.map(shortened).join(' ')}`;
  const says = [`The agent ${agent?.name} calls ${tool.name}${given}`];
  const about = ['', agent?.name, tool.name, shown];
  return ask({ step: '', nth: 0, says, about, runs: plannedRuns(root) }, context, cancel);
}

interface Matter extends Pick<Question, 'step' | 'nth'> {
  readonly says: readonly string[];
  /** All that an answer is good for, beside the secrets. */
  readonly about: readonly unknown[];
  /** What gets secrets. */
  readonly runs: readonly PlannedRun[];
}

async function ask(matter: Matter, context: RunContext, cancel: AbortSignal): Promise<Refusal | null> {
  const { step, nth, says, about, runs } = matter;
  // Nobody is asked any more in a run that was cancelled, or whose time is up.
  if (cancel.aborted) return CANCELLED;
  const granted = runs.flatMap(({ secrets }) => secrets.filter(({ decision }) => decision.granted));
  const names = [...new Set(granted.map(({ request }) => request.name))];
  const parts = [...says, ...(names.length === 0 ? [] : [`it gets ${names.join(', ')}`])];
  const digest = createHash('sha256')
    .update(JSON.stringify([...about, names]))
    .digest('hex')
    .slice(0, 16);
  const question = { step, nth, text: visible(`${parts.join('; ')}. Run it?`), about: digest };
  const goOn = context.limits.map((limit) => limit.hold());
  const answer = await context.turns.waitSignal(question, cancel).finally(() => goOn.forEach((go) => void go()));
  if (answer.approved === true) return null;
  if (answer.approved === null && answer.why === 'cancelled') return CANCELLED;
  return { status: 'failed', reason: { why: 'not-approved', detail: detailOf(answer) } };
}

function detailOf(answer: Answer): string {
  if (answer.approved === null) return 'nobody is here to give it';
  return `${answer.by} said no${answer.reason === undefined ? '' : `: ${answer.reason}`}`;
}

/** Characters of one argument that a question shows. */
const SHOWN = 80;

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** `name=value`, masked, of each that is not sensitive. */
function shownArguments(tool: Tool, args: Frame['args'], { redactor }: RunContext): string[] {
  const given = Object.entries(args).filter(([name]) => tool.args.get(name)?.sensitive !== true);
  return given.map(([name, value]) => `${name}=${redactor.text(asText(value))}`);
}

/** On one line, and nothing in it that a terminal obeys. */
function visible(text: string): string {
  const code = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, code);
}
