import { randomUUID } from 'node:crypto';
import {
  type HandleRequestOptions,
  isInitializeRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { isRecord } from '../util/guards.ts';
import type { Changes } from './changes.ts';
import type { Session } from './session.ts';

interface HttpSession {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly owner: string;
  readonly close: () => Promise<void>;
}

/** A client that begins more loses its oldest one: it begins a new one where it needs it. */
const MOST_PER_OWNER = 50;

/** The sessions of the older protocol. */
export class HttpSessions {
  /** The most recently used last. */
  readonly #sessions = new Map<string, HttpSession>();
  readonly #begin: (url: string) => Session;
  readonly #changes: Changes;

  constructor(begin: (url: string) => Session, changes: Changes) {
    this.#begin = begin;
    this.#changes = changes;
  }

  async answer(request: Request, owner: string, options: HandleRequestOptions): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id !== null) {
      const found = this.#sessions.get(id);
      // The session of another token looks like an unknown one.
      if (found === undefined || found.owner !== owner) return refused(404, -32001, 'Session not found');
      this.#sessions.delete(id);
      this.#sessions.set(id, found);
      return found.transport.handleRequest(request, options);
    }
    if (request.method !== 'POST') return refused(400, -32000, 'Bad Request: Mcp-Session-Id header is required');
    if (!isInitializeRequest(options.parsedBody))
      return refused(400, -32000, 'Bad Request: begin a session with initialize');
    return this.#open(request, owner, options);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ close }) => close()));
  }

  async #open(request: Request, owner: string, options: HandleRequestOptions): Promise<Response> {
    const session = this.#begin(request.url);
    const forget = this.#changes.tell(session);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        this.#sessions.set(id, { transport, owner, close: () => session.server.close() });
        this.#dropOldest(owner);
      },
    });
    session.server.onclose = () => {
      forget();
      this.#sessions.delete(transport.sessionId ?? '');
    };
    await session.server.connect(transport);
    const response = await transport.handleRequest(request, options);
    if (transport.sessionId === undefined) await session.server.close();
    return response;
  }

  #dropOldest(owner: string): void {
    const own = [...this.#sessions.values()].filter((one) => one.owner === owner);
    if (own.length > MOST_PER_OWNER) void own[0]?.close();
  }
}

/** An answer to what no server gets to see. @param body of the request whose id it names */
export function refused(status: number, code: number, message: string, body?: unknown): Response {
  const id = isRecord(body) && ['string', 'number'].includes(typeof body.id) ? body.id : null;
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id }, { status });
}
