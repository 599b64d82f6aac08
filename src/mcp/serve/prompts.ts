import { INVALID_PARAMS, ProtocolError } from '@modelcontextprotocol/server';
import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Agent } from '../../definition/model/tool.ts';
import { visibleLine } from '../../text/visible.ts';
import { type Access, accessOf } from '../access.ts';
import { plainText } from '../catalog/plain-schema.ts';
import type { ServedCatalog } from '../catalog/served-catalog.ts';
import { pageOf } from '../paging.ts';
import type { SessionAbout } from './session-about.ts';

/** An agent's instructions are a prompt of its name. */
export function servePrompts(session: SessionAbout): void {
  session.answer('prompts/list', async ({ params }, ctx) => {
    const catalog = await session.catalog();
    const shown = [...catalog.prompts.values()].filter((agent) => isShown(agent, catalog, accessOf(ctx)));
    const { items, ...next } = pageOf(shown, params?.cursor, ({ name }) => name);
    return { prompts: items.map((agent) => ({ name: agent.name, description: descriptionOf(agent) })), ...next };
  });
  session.answer('prompts/get', async ({ params }, ctx) => {
    const catalog = await session.catalog();
    const agent = catalog.prompts.get(params.name);
    if (agent === undefined || !isShown(agent, catalog, accessOf(ctx)))
      throw new ProtocolError(INVALID_PARAMS, `Unknown prompt: ${visibleLine(params.name.slice(0, 64))}`);
    const text = plainText(agent.instructions ?? '');
    return {
      description: descriptionOf(agent),
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    };
  });
}

/** A token for some tools sees the agents that have one of them. */
function isShown(agent: Agent, { tools }: ServedCatalog, access: Access): boolean {
  if (!access.isLimitedToTools) return true;
  return [...tools.keys()].some((name) => access.mayUseTool(name) && agentToolFor(agent, name) !== null);
}

function descriptionOf({ name, description = '' }: Agent): string {
  return plainText(description) || `The instructions of the agent ${name}.`;
}
