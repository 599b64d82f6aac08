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
    async handle({ served, header, signal }) {
      return served.events.after(header('last-event-id'), signal);
    },
  }),
];
