import type { Access, AccessCell } from '../generated/answers.ts';
import type { IconName } from '../parts/icon.tsx';

/** How a requester stands to a secret: each has a sign of its own. */
export type Standing = 'granted' | 'refused' | 'changed' | 'unasked' | 'none';

export const STANDINGS: Readonly<
  Record<Standing, { readonly icon: IconName; readonly tone: string; readonly words: string }>
> = {
  granted: { icon: 'granted', tone: 'accent', words: 'asked for and granted' },
  refused: { icon: 'refused', tone: 'bad', words: 'asked for, not granted: refused' },
  changed: { icon: 'changed', tone: 'warn', words: 'granted to an earlier definition: refused' },
  unasked: { icon: 'unasked', tone: 'faint', words: 'granted, not asked for: remove it' },
  none: { icon: 'none', tone: 'none', words: 'neither asked for nor granted' },
};

/** Nothing asks in the name of `exec` and `*`: their grants are what they are. */
export function standingOf(cell: AccessCell | undefined): Standing {
  if (cell === undefined) return 'none';
  const { requester, asked, granted, outdated } = cell;
  if (requester === 'exec' || requester === '*') return granted ? 'granted' : 'unasked';
  if (!asked) return 'unasked';
  return granted ? 'granted' : outdated ? 'changed' : 'refused';
}

/** `tool:deploy` is deploy. */
export function shortName(requester: string): string {
  return requester.replace(/^(?:tool|agent):/, '');
}

export function kindOf(requester: string): 'tool' | 'agent' | 'other' {
  if (requester.startsWith('tool:')) return 'tool';
  return requester.startsWith('agent:') ? 'agent' : 'other';
}

/** The cells of each secret. */
export function cellsBySecret(access: Access | undefined): ReadonlyMap<string, readonly AccessCell[]> {
  return Map.groupBy(access?.cells ?? [], ({ secret }) => secret);
}

/** Cells that say the same as another one are left out: an agent that is refused because its tool is. */
export function ownCells(cells: readonly AccessCell[]): readonly AccessCell[] {
  const asking = new Set(cells.filter(({ asked }) => asked).map(({ requester }) => requester));
  const repeats = ({ through = [] }: AccessCell) => through.some((tool) => asking.has(`tool:${tool}`));
  return cells.filter((cell) => kindOf(cell.requester) !== 'agent' || !repeats(cell));
}
