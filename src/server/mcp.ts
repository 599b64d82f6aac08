import type { Caller } from './access/caller.ts';
import { Refusal } from './access/refusal.ts';
import { jsonBody } from './body.ts';

/** The protocol for hosts of AI agents. The command line puts it in: this floor does not know it. */
export interface McpHandler {
  answer(call: { readonly request: Request; readonly body: unknown; readonly access: Caller }): Promise<Response>;
  /** Takes no more requests, cancels the runs, and resolves when they have ended. */
  drain(): Promise<void>;
  /** Ends what still runs at once. */
  kill(): void;
}

export const MCP_PATH = '/mcp';
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

interface McpGuard {
  readonly mcp: McpHandler | undefined;
  readonly caller: Caller;
  /** Whether the token of the request is valid now: a stream outlives the request, and not the token. */
  readonly isValid: () => Promise<boolean>;
  readonly streams: { open: number };
  readonly mostStreams: number;
}

/** A request to /mcp that has passed the access rules. @throws Refusal 400, 404, 413, 415 or 503 */
export async function answerMcp(request: Request, { mcp, caller, ...guard }: McpGuard): Promise<Response> {
  if (mcp === undefined) throw new Refusal(404, 'request/path', 'this server does not speak the protocol');
  if (guard.streams.open >= guard.mostStreams)
    throw new Refusal(503, 'server/streams', `the server has ${guard.mostStreams} event streams open`, [], {
      'retry-after': '5',
    });
  const body = request.method === 'POST' ? await jsonBody(request) : undefined;
  const response = await mcp.answer({ request, body, access: caller });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || response.body === null) return response;
  return new Response(asLongAs(response.body, guard), response);
}

function asLongAs(
  body: ReadableStream<Uint8Array>,
  { isValid, streams }: Pick<McpGuard, 'isValid' | 'streams'>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let isOpen = true;
  const end = () => {
    if (isOpen) streams.open -= 1;
    isOpen = false;
  };
  streams.open += 1;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done && (await isValid())) return controller.enqueue(value);
        end();
        controller.close();
        await reader.cancel();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}

/** How a client finds out who gives it a token (RFC 9728). */
export function resourceMetadata(origin: string, issuer: string): object {
  return {
    resource: `${origin}${MCP_PATH}`,
    resource_name: 'Lockstep',
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
  };
}

/** A refusal for lack of a token that says where to get one. */
export function withMetadata(error: unknown, origin: string): unknown {
  if (!(error instanceof Refusal) || error.status !== 401) return error;
  const challenge = `Bearer resource_metadata="${origin}${RESOURCE_METADATA_PATH}${MCP_PATH}"`;
  return new Refusal(error.status, error.code, error.message, error.hints, { 'www-authenticate': challenge });
}
