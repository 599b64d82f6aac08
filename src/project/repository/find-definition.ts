import type { Agent, Tool } from '../../definition/model/tool.ts';
import { LockstepError } from '../../errors.ts';
import { didYouMean } from '../../text/suggestion.ts';
import type { Snapshot } from './snapshot.ts';

/** @throws LockstepError `definition/unknown`, with names that the user may have meant */
export function findTool({ catalog, unreadable }: Snapshot, name: string): Tool {
  const tool = catalog.tools.get(name);
  if (tool !== undefined) return tool;
  const there = [...catalog.tools.values()].filter(({ source }) => isFileOf(name, source.path));
  if (there.length > 0)
    throw new LockstepError(
      'definition/unknown',
      `there is no tool "${name}": a tool is called by its name`,
      there.slice(0, MOST_NAMED).map((one) => `lockstep run ${one.name}`),
    );
  const broken = catalog.problems.length + unreadable.length;
  const hints = [
    didYouMean(name, catalog.tools.keys()),
    broken > 0
      ? `lockstep check (${broken} problem${broken === 1 ? '' : 's'} in the definitions may hide it)`
      : undefined,
    'lockstep tool list',
  ];
  throw new LockstepError(
    'definition/unknown',
    `there is no tool "${name}"`,
    hints.filter((hint) => hint !== undefined),
  );
}

/** @throws LockstepError `definition/unknown` */
export function findAgent({ catalog: { agents } }: Snapshot, name: string): Agent {
  const agent = agents.get(name);
  if (agent !== undefined) return agent;
  throw new LockstepError(
    'definition/unknown',
    `there is no agent "${name}"`,
    [didYouMean(name, agents.keys()), 'lockstep agent list'].filter((hint) => hint !== undefined),
  );
}

const MOST_NAMED = 5;

/** Whether `written` may mean the file, from any working directory. */
function isFileOf(written: string, path: string): boolean {
  const bare = written.replace(/^(?:\.\.?\/)+/, '');
  return bare.includes('.') && (path === bare || path.endsWith(`/${bare}`) || bare.endsWith(`/${path}`));
}
