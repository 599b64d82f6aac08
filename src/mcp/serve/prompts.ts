import { INVALID_PARAMS, ProtocolError } from '@modelcontextprotocol/server';
import type { Agent } from '../../definition/model/tool.ts';
import { visibleLine } from '../../text/visible.ts';
import { plainText } from '../catalog/plain-schema.ts';
import { pageOf } from '../paging.ts';
import type { SessionAbout } from './session-about.ts';

/** An agent's instructions are a prompt of its name. */
export function servePrompts(session: SessionAbout): void {
  session.answer('prompts/list', async ({ params }) => {
    const { prompts } = await session.catalog();
    const { items, ...next } = pageOf([...prompts.values()], params?.cursor, ({ name }) => name);
    return { prompts: items.map((agent) => ({ name: agent.name, description: descriptionOf(agent) })), ...next };
  });
  session.answer('prompts/get', async ({ params }) => {
    const { prompts } = await session.catalog();
    const agent = prompts.get(params.name);
    if (agent === undefined)
      throw new ProtocolError(INVALID_PARAMS, `Unknown prompt: ${visibleLine(params.name.slice(0, 64))}`);
    const text = plainText(agent.instructions ?? '');
    return {
      description: descriptionOf(agent),
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    };
  });
}

function descriptionOf({ name, description = '' }: Agent): string {
  return plainText(description) || `The instructions of the agent ${name}.`;
}
