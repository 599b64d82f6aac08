import { isRecord } from '../../util/guards.ts';
import type { Caller } from '../access/caller.ts';
import type { SentEvent } from '../events/server-events.ts';
import { type Operation, operation } from './operation.ts';

/** The one stream that a page needs. */
export const EVENT_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'followEvents',
    method: 'get',
    path: '/events',
    scope: 'read',
    summary: 'Reloads, runs and changes of secrets as they come; Last-Event-ID continues',
    answer: 'events',
    async handle({ served, caller, header, signal }) {
      return visibleTo(caller, served.events.after(header('last-event-id'), signal));
    },
  }),
];

/** Runs and secrets that the caller may not see are left out. */
async function* visibleTo(
  caller: Caller,
  events: AsyncIterable<SentEvent>,
): AsyncGenerator<SentEvent, void, undefined> {
  for await (const event of events) {
    const { tool, group } = isRecord(event.data) ? event.data : {};
    const hidesTool = typeof tool === 'string' && !caller.mayUseTool(tool);
    const hidesGroup = typeof group === 'string' && !caller.mayUseGroup(group);
    if (!hidesTool && !hidesGroup) yield event;
  }
}
