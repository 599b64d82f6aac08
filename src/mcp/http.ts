import { createMcpHandler, isLegacyRequest, type McpHttpHandler, ProtocolError } from '@modelcontextprotocol/server';
import type { LiveProject } from '../project/serving/live-project.ts';
import type { Access, View } from './access.ts';
import type { CallParts } from './calls/call-tool.ts';
import { Changes } from './changes.ts';
import { mcpFace } from './face.ts';
import { HttpSessions, refused } from './http-sessions.ts';
import { RUNS } from './serve/addresses.ts';
import { listenedResources, requireWatchable } from './serve/watchable.ts';
import { Session } from './session.ts';

/** One request, whose body the server in front of us has read and whose caller it knows. */
export interface McpRequest {
  readonly request: Request;
  /** The JSON of the body; undefined where the request has none. */
  readonly body: unknown;
  readonly access: Access;
}

const MOST_SUBSCRIPTIONS = 200;

/** The protocol over HTTP, in both versions: sessions for the older, nothing between requests for the newer. */
export class McpHttp {
  readonly #parts: CallParts;
  readonly #modern: McpHttpHandler;
  readonly #sessions: HttpSessions;
  readonly #closing = new AbortController();

  constructor(live: LiveProject, failed: (error: unknown) => void) {
    this.#parts = mcpFace(live, failed);
    const changes = new Changes(live, this.#closing.signal);
    this.#modern = createMcpHandler(
      ({ requestInfo }) => new Session(this.#parts, viewOf(requestInfo?.url ?? ''), 'modern').server,
      { legacy: 'reject', maxSubscriptions: MOST_SUBSCRIPTIONS },
    );
    const { notify } = this.#modern;
    changes.tell({
      listsChanged: () => {
        notify.toolsChanged();
        notify.promptsChanged();
        notify.resourcesChanged();
      },
      resourceChanged: (uri) => notify.resourceUpdated(uri),
      // Whether a client may read a run was looked at when it began to listen.
      runChanged: ({ run }) => {
        for (const uri of [RUNS, `${RUNS}/${run}`]) notify.resourceUpdated(uri);
      },
    });
    this.#sessions = new HttpSessions((url) => new Session(this.#parts, viewOf(url), 'legacy'), changes);
  }

  async answer({ request, body, access }: McpRequest): Promise<Response> {
    // The protocol has no batches: one request starts one run.
    if (Array.isArray(body)) return refused(400, -32600, 'Invalid Request: a batch is not part of the protocol');
    const authInfo = { token: '', clientId: access.id, scopes: [], extra: { access } };
    const options = { authInfo, ...(body !== undefined && { parsedBody: body }) };
    if (await isLegacyRequest(request, body)) return this.#sessions.answer(request, access.id, options);
    return (await this.#refusal(request, body, access)) ?? this.#modern.fetch(request, options);
  }

  /** The library answers by itself who asks to hear of changes. */
  async #refusal({ url }: Request, body: unknown, access: Access): Promise<Response | undefined> {
    const listened = listenedResources(body);
    if (listened.length === 0) return undefined;
    try {
      await requireWatchable(new Session(this.#parts, viewOf(url), 'modern'), access, listened);
      return undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return refused(400, error.code, error.message, body);
      throw error;
    }
  }

  /** Takes no more requests, cancels the runs, and resolves when they have ended. */
  async drain(): Promise<void> {
    this.#closing.abort();
    const { calls } = this.#parts;
    calls.cancelAll();
    await calls.ended();
    await Promise.all([this.#modern.close(), this.#sessions.close()]);
  }

  /** Ends what still runs at once. */
  kill(): void {
    this.#parts.calls.killAll();
  }
}

/** `/mcp?agent=A&group=G`: what `lockstep mcp` has as flags. */
function viewOf(url: string): View {
  const { searchParams } = new URL(url);
  const [agent, group] = [searchParams.get('agent'), searchParams.get('group')];
  return { ...(agent !== null && { agent }), ...(group !== null && { group }) };
}
