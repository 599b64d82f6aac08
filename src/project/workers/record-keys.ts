import { randomBytes } from 'node:crypto';
import type { CarriageOptions } from '../../engine/postgres/carriage.ts';
import type { VaultAccess } from '../vault/vault-access.ts';

/** The keys of the records of runs, each from the key of the run's group: its readers can make them. */
export function recordKeys(access: VaultAccess): CarriageOptions['recordKey'] {
  return async ({ group }, run) => {
    if (typeof group !== 'string') return undefined;
    try {
      const vault = await access.require();
      return vault.groupKey(group, (await access.identity()).identity).derive(`lockstep/1 run records ${run}`);
    } catch {
      // The run is refused where its secrets are opened. Until then nothing of its record counts.
      return randomBytes(32);
    }
  };
}
