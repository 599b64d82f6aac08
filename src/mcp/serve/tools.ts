import {
  type CallToolResult,
  INVALID_PARAMS,
  type InputRequiredResult,
  ProtocolError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { visibleLine } from '../../text/visible.ts';
import { accessOf } from '../access.ts';
import { pageOf } from '../paging.ts';
import type { SessionAbout } from './session-about.ts';

interface CallParams {
  readonly name: string;
  readonly arguments?: Record<string, unknown> | undefined;
}

export function serveTools(session: SessionAbout): void {
  session.answer('tools/list', async ({ params }, ctx) => {
    const { tools } = await session.catalog();
    const access = accessOf(ctx);
    const all = [...tools.values()].map(({ entry }) => entry).filter(({ name }) => access.mayUseTool(name));
    const { items, ...next } = pageOf(all, params?.cursor, ({ name }) => name);
    return { tools: [...items], ...next };
  });
  const { calls } = session.parts;
  session.answer('tools/call', ({ params }, ctx) => calls.answering(call(session, params, ctx)));
}

async function call(
  session: SessionAbout,
  { name, arguments: args = {} }: CallParams,
  ctx: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { server, parts, view, era } = session;
  await parts.live.ready();
  const { tools } = await session.catalog();
  const access = accessOf(ctx);
  const served = access.mayUseTool(name) ? tools.get(name) : undefined;
  // A client does not learn whether there is a tool that it may not use.
  if (served === undefined) throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${visibleLine(name.slice(0, 64))}`);
  const client = server.getClientCapabilities();
  const { callTool } = await import('../calls/call-tool.ts');
  const result = await callTool(parts, {
    served,
    args,
    access,
    view,
    ctx,
    client,
    era,
    logs: (level) => session.wantsLog(level),
  });
  if (!('content' in result) || result.resultType === 'task') return result;
  return server.projectCallToolResult(result as CallToolResult, served.entry.outputSchema);
}
