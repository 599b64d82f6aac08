import type { ServedRepository } from './served-repository.ts';

/** An answer as it came, and the message in it. */
export interface WireAnswer {
  readonly status: number;
  readonly text: string;
  readonly session: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly message: any;
}

/** What a request may do otherwise than a good client. */
export interface WireOptions {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A client that sends what it is told to, to the server's /mcp. */
export class McpWire {
  readonly #server: ServedRepository;

  constructor(server: ServedRepository) {
    this.#server = server;
  }

  /** @param body the bytes, or what becomes JSON */
  async send(body: unknown, { token, method = 'POST', headers = {} }: WireOptions = {}): Promise<WireAnswer> {
    const all = {
      authorization: `Bearer ${token ?? this.#server.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    };
    const given = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(new URL('/mcp', this.#server.url), {
      method,
      headers: given,
      ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, session: response.headers.get('mcp-session-id'), message: messageIn(text) };
  }

  /** Begins a session of 2025-11-25; its name is in the answer. */
  begin(token?: string): Promise<WireAnswer> {
    const clientInfo = { name: 'wire', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    return this.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params }, token === undefined ? {} : { token });
  }

  /** A request of 2026-07-28. @param meta what it says otherwise of itself */
  modern(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    { meta = {}, headers = {}, ...options }: WireOptions & { readonly meta?: object } = {},
  ): Promise<WireAnswer> {
    const name = params.name ?? params.uri;
    return this.send(
      { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { ...META, ...meta } } },
      {
        ...options,
        headers: {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(typeof name === 'string' && { 'mcp-name': name }),
          ...headers,
        },
      },
    );
  }
}

/** The last message of an answer, whether it is JSON or a stream of events. */
function messageIn(text: string): unknown {
  const data = [...text.matchAll(/^data: (\{.*)$/gm)].at(-1)?.[1] ?? text;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
