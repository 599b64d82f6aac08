import type { Agent, Tool } from '../definition/tool.ts';
import { LockstepError } from '../errors.ts';
import { didYouMean } from '../text/suggestion.ts';
import type { Snapshot } from './snapshot.ts';

/** @throws LockstepError `definition/unknown`, with what may have been meant */
export function findTool({ catalog, unreadable }: Snapshot, name: string): Tool {
  const tool = catalog.tools.get(name);
  if (tool !== undefined) return tool;
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
