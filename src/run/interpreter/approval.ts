import { createHash } from 'node:crypto';
import { asText } from '../../definition/expressions/template.ts';
import type { Tool } from '../../definition/model/tool.ts';
import {
  callWantsApproval,
  type Plan,
  type PlannedRun,
  type PlannedStep,
  type PlannedToolCall,
  plannedRuns,
  secretsGrantedTo,
} from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import { visibleLine } from '../../text/visible.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { RunResources } from '../context/run-resources.ts';
import type { EndReason } from '../event.ts';
import type { Answer, Question } from '../execution-backend.ts';
import type { Frame } from '../frame.ts';
import { callArguments } from './call-arguments.ts';

/** Why a step or call that needs approval does not start. */
export interface ApprovalRefusal {
  readonly status: 'failed' | 'cancelled';
  readonly reason: EndReason;
}

/** The parts of a run that ask a question and count its answers. */
type Asking = Pick<RunResources, 'scheduler' | 'progress'>;

const CANCELLED: ApprovalRefusal = { status: 'cancelled', reason: { why: 'cancelled' } };

/** Asks before a step that wants approval. Null where it may start. Fails closed: any answer other than yes is a no. */
export async function requestStepApproval(
  planned: PlannedStep,
  frame: Frame,
  resources: Asking,
  scope: CallScope,
): Promise<ApprovalRefusal | null> {
  const { stepPath, approval, step } = planned;
  if (!approval) return null;
  const { tool, args } = frame;
  const has = maskedArguments(tool, args, scope);
  const calls = 'call' in planned ? handedOn(planned, frame, scope) : [];
  const runs = 'call' in planned ? plannedRuns(planned.call) : [planned];
  const says = [
    `The step "${stepPath}" wants approval`,
    ...(step.description === undefined ? [] : [step.description]),
    ...('call' in planned ? [`it calls ${planned.call.tool.name}${given(calls)}`] : []),
    ...(planned.forEach === undefined ? [] : [`for each of ${planned.forEach.list.trim()}`]),
    ...(has.length === 0 ? [] : [`${tool.name} has ${shown(has)}`]),
  ];
  const about = [stepPath, step.description, tool.name, has, calls];
  return requestApproval({ step: stepPath, says, about, runs }, resources, scope);
}

/** The same before anything of an agent's call runs, where the agent wants that. */
export async function requestCallApproval(
  plan: Plan,
  resources: Asking,
  scope: CallScope,
): Promise<ApprovalRefusal | null> {
  if (!callWantsApproval(plan)) return null;
  const { tool, agent, args, root } = plan;
  const calls = maskedArguments(tool, args, scope);
  const says = [`The agent ${agent?.name} calls ${tool.name}${given(calls)}`];
  const about = ['', agent?.name, tool.name, calls];
  return requestApproval({ step: '', says, about, runs: plannedRuns(root) }, resources, scope);
}

interface ApprovalRequest {
  readonly step: Question['step'];
  readonly says: readonly string[];
  /** Everything that an answer covers, beside the secrets. */
  readonly about: readonly unknown[];
  /** The processes that get secrets. */
  readonly runs: readonly PlannedRun[];
}

async function requestApproval(
  request: ApprovalRequest,
  { progress, scheduler }: Asking,
  { cancel, limits }: CallScope,
): Promise<ApprovalRefusal | null> {
  const { step, says, about, runs } = request;
  // A run that was cancelled, or whose time is up, asks no more questions.
  if (cancel.aborted) return CANCELLED;
  const nth = progress.answersAt(step);
  const names = secretsGrantedTo(runs);
  const parts = [...says, ...(names.length === 0 ? [] : [`it gets ${names.join(', ')}`])];
  const digest = createHash('sha256')
    .update(JSON.stringify([...about, names]))
    .digest('hex')
    .slice(0, 16);
  const question = { step, nth, text: visibleLine(`${parts.join('; ')}. Run it?`), about: digest };
  const goOn = limits.map((limit) => limit.hold());
  const answer = await scheduler.waitForApproval(question, cancel).finally(() => goOn.forEach((go) => void go()));
  if (answer.approved !== null) progress.answer(step);
  if (answer.approved === true) return null;
  if (answer.approved === null && answer.why === 'cancelled') return CANCELLED;
  return { status: 'failed', reason: { why: 'not-approved', detail: detailOf(answer) } };
}

function detailOf(answer: Answer): string {
  if (answer.approved === null) return 'there is no terminal to ask at';
  return `${answer.by} said no${answer.reason === undefined ? '' : `: ${answer.reason}`}`;
}

/** Name and value of each, masked; of a sensitive one only its name. */
function maskedArguments(tool: Tool, args: Frame['args'], { redactor }: CallScope): [string, string][] {
  const masked = (name: string, value: JsonValue) =>
    tool.args.get(name)?.sensitive === true ? '***' : redactor.text(asText(value));
  return Object.entries(args).map(([name, value]) => [name, masked(name, value)]);
}

/** What a call hands to the called tool; nothing where that depends on an item, or cannot be evaluated. */
function handedOn(planned: PlannedToolCall, frame: Frame, scope: CallScope): [string, string][] {
  const handed = planned.forEach === undefined ? callArguments(planned, frame) : undefined;
  return handed !== undefined && 'values' in handed ? maskedArguments(planned.call.tool, handed.values, scope) : [];
}

function given(args: readonly (readonly [string, string])[]): string {
  return args.length === 0 ? '' : ` with ${shown(args)}`;
}

/** Characters of one value that a question shows. */
const SHOWN = 80;

/** `name=value name=value`. A value that could be read as part of the question stands in quotes. */
function shown(args: readonly (readonly [string, string])[]): string {
  const plain = (text: string) => (/^[\w@%+=:,./*-]+$/.test(text) ? text : JSON.stringify(text));
  const cut = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
  return args.map(([name, value]) => `${name}=${plain(cut(value.replace(/\s+/g, ' ')))}`).join(' ');
}
