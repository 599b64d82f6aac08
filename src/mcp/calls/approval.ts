import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { visible } from '../../text/visible.ts';
import { isRecord } from '../../util/guards.ts';
import type { OpenQuestion, RunningCall } from './running-call.ts';

/** Whether the client can ask its user. @param known what it said when its session began */
export function asksItsUser(ctx: ServerContext, known: ClientCapabilities | undefined): boolean {
  const envelope: Readonly<Record<string, unknown>> = ctx.mcpReq.envelope ?? {};
  const said = envelope[CLIENT_CAPABILITIES_META_KEY] ?? known;
  const elicitation = isRecord(said) ? said.elicitation : undefined;
  if (!isRecord(elicitation)) return false;
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0;
}

/** The form of one yes-or-no question. What the host's model says counts for nothing: its user answers. */
export function askUser(questions: readonly OpenQuestion[], requestState: string): InputRequiredResult {
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
  return inputRequired({ inputRequests: Object.fromEntries(requests), requestState });
}

/** Gives the answers of a request that came back. Anything but a clear yes is a no; what was not asked is ignored. */
export function takeAnswers(call: RunningCall, ctx: ServerContext): void {
  const { inputResponses, requestState } = ctx.mcpReq;
  const asked = requestState<{ readonly asked: readonly string[] }>()?.asked ?? [];
  for (const [id, answer] of Object.entries(inputResponses ?? {})) {
    if (!asked.includes(id) || !isRecord(answer) || typeof answer.action !== 'string') continue;
    const content = isRecord(answer.content) ? answer.content : {};
    call.answer(id, answer.action === 'accept' && content.approve === true);
  }
}
