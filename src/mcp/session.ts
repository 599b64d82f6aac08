import {
  type CallToolResult,
  INVALID_PARAMS,
  type InputRequiredResult,
  ProtocolError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { visibleLine } from '../text/visible.ts';
import { VERSION } from '../util/version.ts';
import { type Access, type View, WHOLE_ACCESS } from './access.ts';
import { type CallParts, callTool } from './calls/call-tool.ts';
import { plainText } from './catalog/plain-schema.ts';
import { type ServedCatalog, servedCatalog } from './catalog/served-catalog.ts';
import { pageOf } from './paging.ts';

export interface SessionOptions {
  readonly view: View;
  readonly era: 'legacy' | 'modern';
}

/** Who makes a request: over HTTP the server in front of us says it. */
function accessOf(ctx: ServerContext): Access {
  const given = ctx.http?.authInfo?.extra?.access;
  return given === undefined ? WHOLE_ACCESS : (given as Access);
}

/** Who a call belongs to. Two clients over stdio are two processes. */
export function ownerOf(ctx: ServerContext): string {
  return accessOf(ctx).name;
}

/** The protocol's server for one client or one request, over the snapshot that is in force at each request. */
export class McpSession {
  readonly server: Server;
  readonly #parts: CallParts;
  readonly #options: SessionOptions;

  constructor(parts: CallParts, options: SessionOptions) {
    this.#parts = parts;
    this.#options = options;
    const agent = this.#catalog().agent;
    this.server = new Server(
      { name: 'lockstep', title: 'Lockstep', version: VERSION },
      {
        capabilities: {
          tools: { listChanged: true },
        },
        ...(agent?.instructions !== undefined && { instructions: plainText(agent.instructions) }),
        requestState: { verify: (state, ctx) => parts.states.verify(state, ctx) },
      },
    );
    this.#serveTools();
  }

  #catalog(): ServedCatalog {
    return servedCatalog(this.#parts.live.project.snapshot, this.#options.view);
  }

  /** The catalog once every save that has been seen is in force: hosts do not list again before they call. */
  async #settled(): Promise<ServedCatalog> {
    await this.#parts.live.settled();
    return this.#catalog();
  }

  #serveTools(): void {
    const { server } = this;
    server.setRequestHandler('tools/list', async ({ params }, ctx) => {
      const { tools } = await this.#settled();
      const access = accessOf(ctx);
      const all = [...tools.values()].map(({ entry }) => entry).filter(({ name }) => access.mayUseTool(name));
      const { items, ...next } = pageOf(all, params?.cursor, ({ name }) => name);
      return { tools: [...items], ...next };
    });
    server.setRequestHandler('tools/call', async ({ params }, ctx) => this.#call(params, ctx));
  }

  async #call(
    { name, arguments: args = {} }: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
    ctx: ServerContext,
  ): Promise<CallToolResult | InputRequiredResult> {
    const { tools } = await this.#settled();
    const access = accessOf(ctx);
    const served = access.mayUseTool(name) ? tools.get(name) : undefined;
    if (served === undefined)
      throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${visibleLine(name.slice(0, 64))}`);
    const { view, era } = this.#options;
    const client = this.server.getClientCapabilities();
    const result = await callTool(this.#parts, { served, args, access, view, owner: ownerOf(ctx), ctx, client, era });
    if ('content' in result)
      return this.server.projectCallToolResult(result as CallToolResult, served.entry.outputSchema);
    return result;
  }
}
