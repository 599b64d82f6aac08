import type { Tool } from '../../definition/model/tool.ts';
import type { JsonValue } from '../../text/node.ts';
import { accessOf } from '../access.ts';
import { mayRead, planOf } from './addresses.ts';
import type { SessionAbout } from './session-about.ts';

/** The protocol allows no more. */
const MOST_VALUES = 100;

/** Completes tools, runs, and the values that a tool's declaration lists. */
export function serveCompletion(session: SessionAbout): void {
  session.answer('completion/complete', async ({ params }, ctx) => {
    const { ref, argument } = params;
    if (ref.type !== 'ref/resource') return { completion: { values: [], total: 0, hasMore: false } };
    const { tools } = await session.catalog();
    const access = accessOf(ctx);
    const named = planOf(ref.uri);
    const tool = named !== undefined && access.mayUseTool(named) ? tools.get(named)?.tool : undefined;
    const all = async () => {
      if (tool !== undefined) return valuesOf(tool, argument.name);
      if (argument.name === 'tool') return [...tools.keys()].filter((name) => access.mayUseTool(name));
      if (argument.name !== 'run') return [];
      const { runs } = await (await session.parts.live.project.engine()).list();
      return runs.filter((one) => mayRead({ access, view: session.view, tools }, one)).map(({ run }) => run);
    };
    const found = (await all()).filter((value) => value.startsWith(argument.value));
    const values = found.slice(0, MOST_VALUES);
    return { completion: { values, total: found.length, hasMore: values.length < found.length } };
  });
}

function valuesOf({ args }: Tool, name: string): readonly string[] {
  const schema = args.get(name)?.schema;
  if (schema?.enum !== undefined) return schema.enum.map(textOf);
  if (schema?.const !== undefined) return [textOf(schema.const)];
  return schema?.type === 'boolean' ? ['false', 'true'] : [];
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
