import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { visible } from '../../text/visible.ts';
import { isRecord } from '../../util/guards.ts';
import type { OpenQuestion, RunningCall } from './running-call.ts';

/** The protocol's extension for tasks. */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** Whether the client can ask its user. @param known what it said when its session began */
export function asksItsUser(ctx: ServerContext, known: ClientCapabilities | undefined): boolean {
  const { elicitation } = capabilitiesOf(ctx) ?? known ?? {};
  if (!isRecord(elicitation)) return false;
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0;
}

/** Whether the client asks later for what came of a call. */
export function hasTasks(ctx: ServerContext): boolean {
  const { extensions } = capabilitiesOf(ctx) ?? {};
  return isRecord(extensions) && extensions[TASKS] !== undefined;
}

/** In the newer protocol each request says what its client can do. */
function capabilitiesOf(ctx: ServerContext): Readonly<Record<string, unknown>> | undefined {
  const envelope: Readonly<Record<string, unknown>> = ctx.mcpReq.envelope ?? {};
  const said = envelope[CLIENT_CAPABILITIES_META_KEY];
  return isRecord(said) ? said : undefined;
}

export function askUser(questions: readonly OpenQuestion[], requestState: string): InputRequiredResult {
  return inputRequired({ inputRequests: questionForms(questions), requestState });
}

/** Each question as a form with one box. What the host's model says counts for nothing: its user answers. */
export function questionForms(questions: readonly OpenQuestion[]): InputRequests {
  const requests = questions.map(({ id, text }) => [
    id,
    inputRequired.elicit({
      mode: 'form',
      message: visible(text),
      requestedSchema: {
        type: 'object',
        properties: {
          approve: { type: 'boolean', title: 'Approve', description: 'Whether it may start', default: false },
        },
        required: ['approve'],
      },
    }),
  ]);
  return Object.fromEntries(requests);
}

/** Gives the answers of a request that came back. Anything but a clear yes is a no; what was not asked is ignored. */
export function takeAnswers(
  call: RunningCall,
  given: Readonly<Record<string, unknown>> | undefined,
  asked: readonly string[],
): void {
  for (const [id, answer] of Object.entries(given ?? {})) {
    if (!asked.includes(id) || !isRecord(answer) || typeof answer.action !== 'string') continue;
    const content = isRecord(answer.content) ? answer.content : {};
    call.answer(id, answer.action === 'accept' && content.approve === true);
  }
}
