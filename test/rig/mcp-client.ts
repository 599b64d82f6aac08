import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { LOCKSTEP, type Repository } from './repository.ts';
import type { ServedRepository } from './served-repository.ts';

/** `2026-07-28`: no handshake; `2025-11-25`: a session. */
export type Era = '2026-07-28' | '2025-11-25';
export const ERAS: readonly Era[] = ['2026-07-28', '2025-11-25'];

/** What a client of the protocol says of itself. */
export interface ClientSetup {
  readonly era?: Era;
  readonly elicitation?: boolean;
  readonly args?: readonly string[];
}

/** The text of a result's first part. */
export function textOf(result: { readonly content?: unknown }): string {
  const [first] = result.content as readonly { readonly text?: string }[];
  return first?.text ?? '';
}

/** The client of a server over HTTP, with the server's own token or another one. */
export async function connectHttp(
  server: ServedRepository,
  setup: ClientSetup & { readonly token?: string; readonly query?: string } = {},
): Promise<Client & AsyncDisposable> {
  const client = newClient(setup);
  const headers = { authorization: `Bearer ${setup.token ?? server.token}` };
  const url = new URL(`/mcp${setup.query ?? ''}`, server.url);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

export function newClient({ era = '2026-07-28', elicitation = false }: ClientSetup): Client {
  return new Client(
    { name: 'test', version: '1' },
    {
      capabilities: elicitation ? { elicitation: {} } : {},
      versionNegotiation: { mode: era === '2026-07-28' ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
}

/** A real `lockstep mcp` with a real client of it. */
export class McpProgram implements AsyncDisposable {
  readonly client: Client;
  readonly transport: StdioClientTransport;
  #stderr = '';

  private constructor(client: Client, transport: StdioClientTransport) {
    this.client = client;
    this.transport = transport;
    transport.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  static async start(repository: Repository, setup: ClientSetup = {}): Promise<McpProgram> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [LOCKSTEP, 'mcp', ...(setup.args ?? [])],
      cwd: repository.root,
      env: repository.env,
      stderr: 'pipe',
    });
    const program = new McpProgram(newClient(setup), transport);
    await program.client.connect(transport);
    return program;
  }

  get stderr(): string {
    return this.#stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
