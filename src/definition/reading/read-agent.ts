import type { Document } from '../../text/document.ts';
import { field, listItems, mapEntries, textField } from '../../text/node.ts';
import type { Agent, AgentTool } from '../model/tool.ts';
import { readCeiling } from './read-secrets.ts';
import { namedField } from './read-tool.ts';
import { spelledAgent } from './spelled.ts';

/** Reads a document as an agent; undefined when it has no name. Tolerant, as `readTool`. */
export function readAgent({ root, source }: Document): Agent | undefined {
  const name = namedField(root, 'name', source);
  if (name === undefined) return undefined;
  const description = textField(root, 'description');
  const instructions = textField(root, 'instructions');
  const model = textField(root, 'model');
  const maxTurns = textField(root, 'maxTurns');
  return {
    kind: 'agent',
    ...name,
    source,
    range: root.range,
    ...(description !== undefined && { description }),
    ...(instructions !== undefined && { instructions }),
    tools: listItems(field(root, 'tools')).flatMap((item): AgentTool[] => {
      const at = { source, range: item.range };
      if (item.kind === 'scalar') return [{ pattern: item.text, approve: 'never', at }];
      const pattern = textField(item, 'name');
      return pattern === undefined
        ? []
        : [{ pattern, approve: textField(item, 'approve') === 'always' ? 'always' : 'never', at }];
    }),
    secrets: readCeiling(field(root, 'secrets'), source),
    env: new Map(
      mapEntries(field(root, 'env')).flatMap(([key, { value }]) =>
        value.kind === 'scalar' ? [[key, value.text] as const] : [],
      ),
    ),
    variables: mapEntries(field(root, 'env')).map(([name, { key }]) => ({ name, at: { source, range: key.range } })),
    ...(model !== undefined && { model }),
    ...(maxTurns !== undefined && { maxTurns: Number(maxTurns) }),
    spelled: spelledAgent(root),
  };
}
