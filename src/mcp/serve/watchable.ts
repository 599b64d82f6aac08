import { INVALID_REQUEST, ProtocolError, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { LockstepError } from '../../errors.ts';
import { isRecord } from '../../util/guards.ts';
import type { Access } from '../access.ts';
import { mayRead, parseAddress } from './addresses.ts';
import type { SessionAbout } from './session-about.ts';

const MOST_RUNS = 200;

/** @throws ProtocolError where one is a run that the client may not read, or that does not exist: both look alike */
export async function requireWatchable(
  session: Pick<SessionAbout, 'parts' | 'view' | 'catalog'>,
  access: Access,
  uris: readonly string[],
): Promise<void> {
  const runs = uris.flatMap((uri) => {
    const address = parseAddress(uri);
    return address?.kind === 'run' ? [{ uri, run: address.run }] : [];
  });
  if (runs.length === 0) return;
  if (runs.length > MOST_RUNS)
    throw new ProtocolError(INVALID_REQUEST, `a client watches at most ${MOST_RUNS} runs at once`);
  const reader = { access, view: session.view, tools: (await session.catalog()).tools };
  const engine = await session.parts.live.project.engine();
  for (const { uri, run } of runs) {
    const header = await engine.find(run).then(
      (found) => found.header,
      (error: unknown) => {
        if (error instanceof LockstepError) return undefined;
        throw error;
      },
    );
    if (header === undefined || header.run !== run || !mayRead(reader, header)) throw new ResourceNotFoundError(uri);
  }
}

/** The addresses in a request of 2026-07-28 to hear of changes, which the library answers by itself. */
export function listenedResources(body: unknown): readonly string[] {
  if (!isRecord(body) || body.method !== 'subscriptions/listen' || !isRecord(body.params)) return [];
  const { notifications } = body.params;
  const uris = isRecord(notifications) ? notifications.resourceSubscriptions : undefined;
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}
