import { computed } from '@preact/signals';
import type { IconName } from '../parts/icon.tsx';
import { runCounts, secretCount, status } from '../state/store.ts';

/** A page of the navigation. */
export interface PlaceLink {
  readonly name: string;
  readonly path: string;
  readonly icon: IconName;
  readonly section: 'Vault' | 'Work' | 'Repository';
  /** On a phone it stands under "More". */
  readonly more?: true;
  /** Two keys go there. */
  readonly keys: string;
}

export const PLACES: readonly PlaceLink[] = [
  { name: 'Secrets', path: '/secrets', icon: 'key', section: 'Vault', keys: 'g s' },
  { name: 'Access', path: '/access', icon: 'grid', section: 'Vault', keys: 'g x' },
  { name: 'Tools', path: '/tools', icon: 'tool', section: 'Work', keys: 'g t' },
  { name: 'Agents', path: '/agents', icon: 'agent', section: 'Work', keys: 'g a', more: true },
  { name: 'Runs', path: '/runs', icon: 'run', section: 'Work', keys: 'g r' },
  { name: 'Problems', path: '/problems', icon: 'warning', section: 'Repository', keys: 'g p', more: true },
  { name: 'Members', path: '/members', icon: 'people', section: 'Repository', keys: 'g m', more: true },
  { name: 'Audit', path: '/audit', icon: 'list', section: 'Repository', keys: 'g l', more: true },
];

interface Count {
  readonly words: string;
  /** It needs a person. */
  readonly tone?: 'warn' | 'bad';
}

/** The count beside each name. */
export const counts = computed((): Readonly<Record<string, Count>> => {
  const { tools = 0, agents = 0, errors = 0, warnings = 0 } = status.value?.counts ?? {};
  const { waiting, running } = runCounts.value;
  return {
    ...plain('/secrets', secretCount.value),
    ...plain('/tools', tools),
    ...plain('/agents', agents),
    ...(running > 0 && { '/runs': { words: `${running} running` } }),
    ...(waiting > 0 && { '/runs': { words: `${waiting} waiting`, tone: 'warn' } }),
    ...plain('/problems', warnings),
    ...(errors > 0 && { '/problems': { words: `${errors} ${errors === 1 ? 'error' : 'errors'}`, tone: 'bad' } }),
  };
});

function plain(path: string, count: number): Record<string, Count> {
  return count === 0 ? {} : { [path]: { words: count.toLocaleString('en') } };
}
