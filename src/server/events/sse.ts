import type { SentEvent } from './server-events.ts';

/** A comment that keeps a connection open where nothing happens, and shows a dead one. */
const HEARTBEAT_MS = 15_000;
/** Clients come back after this time. */
const RETRY_MS = 1_000;
const encoder = new TextEncoder();

/** A body of server-sent events. @param end called once, when the events end or the client goes away */
export function eventStream(events: AsyncIterable<SentEvent>, end: () => void): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  let heartbeat: NodeJS.Timeout | undefined;
  const finish = () => {
    clearInterval(heartbeat);
    end();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
        heartbeat = setInterval(() => {
          // A reader that takes nothing needs no sign of life.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': \n\n'));
        }, HEARTBEAT_MS);
        heartbeat.unref();
      },
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (!next.done) return controller.enqueue(encoder.encode(eventText(next.value)));
          finish();
          controller.close();
        } catch (error) {
          finish();
          controller.error(error);
        }
      },
      async cancel() {
        finish();
        await iterator.return?.();
      },
    },
    { highWaterMark: 16 },
  );
}

/** JSON holds no line break, and ids and types are ours. */
function eventText({ id, type, data }: SentEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
