import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { LiveProject } from '../project/serving/live-project.ts';
import type { View } from './access.ts';
import { Changes } from './changes.ts';
import { mcpFace } from './face.ts';
import { Session } from './session.ts';

/** A message is not larger than a value and what stands around it. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface StdioOptions {
  readonly live: LiveProject;
  readonly view: View;
  readonly input: Readable;
  readonly output: Writable;
  /** Aborted: takes no more requests, and cancels the runs. */
  readonly signal: AbortSignal;
  /** Aborted: ends everything at once. */
  readonly urgent: AbortSignal;
  readonly failed: (error: unknown) => void;
}

/** Serves one client until its input ends or the signal is aborted, and resolves when all runs have ended. */
export async function serveMcpStdio(options: StdioOptions): Promise<void> {
  const { live, view, input, output, signal, urgent, failed } = options;
  const parts = mcpFace(live, failed);
  const { calls } = parts;
  urgent.addEventListener('abort', () => calls.killAll());
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MOST_BYTES });
  const closed = Promise.withResolvers<void>();
  // It closes itself where a message is too large: nothing that comes after it can be read.
  const close = transport.close.bind(transport);
  transport.close = () => close().finally(() => closed.resolve());
  const closing = new AbortController();
  const changes = new Changes(live, closing.signal);
  const begin = ({ era }: { readonly era: 'legacy' | 'modern' }) => {
    const session = new Session(parts, view, era);
    const forget = changes.tell(session);
    session.server.onclose = forget;
    return session.server;
  };
  const handle = serveStdio(begin, { transport, onerror: () => undefined });
  for (const end of ['end', 'close', 'error']) input.once(end, () => closed.resolve());
  signal.addEventListener('abort', () => closed.resolve());
  if (signal.aborted) closed.resolve();
  await closed.promise;
  closing.abort();
  await handle.close();
  // A run that continues without its host ends with this process.
  signal.addEventListener('abort', () => calls.cancelAll());
  if (signal.aborted) calls.cancelAll();
  await calls.ended();
}
