import { randomBytes } from 'node:crypto';
import type { JournaledStep } from '../../engine/journal.ts';
import { grantedSecrets, plannedRuns } from '../../plan/plan.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import { masksOfText } from '../../run/step/masks.ts';
import { OutputSeal } from '../../run/step/output-seal.ts';
import { isBelow } from '../../util/step-path.ts';
import type { AgeKey } from '../../vault/age/age-x25519.ts';
import type { Launch } from './launch.ts';

export interface Seals {
  /** The salt of `seal`, for the journal. */
  readonly salt?: string;
  /**
   * The seal of this run; absent where it has no sensitive outputs, or no secrets and so no key: then the outputs are
   * not kept.
   */
  readonly seal?: OutputSeal;
  /** The seal of the journal to continue. */
  readonly former?: OutputSeal;
}

/** The seals are made from the key of the run's group, which a resumed run needs for its secrets anyway. */
export async function sealsOf({ repository, prepared, past }: Launch): Promise<Seals> {
  const { plan, vault } = prepared;
  const isNeeded = plannedRuns(plan.root).some(({ step }) => step.sensitiveOutputs.size > 0);
  if (!isNeeded || vault === null || plan.group === null || grantedSecrets(plan).length === 0) return {};
  const key = vault.groupKey(plan.group, (await repository.vault.identity()).identity);
  const sealOf = (salt: string) => outputSealOf(key, salt);
  const former = past?.seal === undefined ? undefined : sealOf(past.seal);
  const salt = past?.continues === undefined ? undefined : past.seal;
  const own = salt ?? randomBytes(16).toString('base64url');
  return { salt: own, seal: sealOf(own), ...(former && { former }) };
}

/** @param salt from the journal of the run */
export function outputSealOf(key: AgeKey, salt: string): OutputSeal {
  return new OutputSeal(key.derive(`lockstep/1 run outputs ${salt}`));
}

/**
 * The finished steps, with the sensitive outputs that can be opened. A step with an output that cannot be opened runs
 * again, because later steps need the output.
 */
export function openRecorded(
  journaled: ReadonlyMap<string, JournaledStep>,
  seal: OutputSeal | undefined,
): ReadonlyMap<string, StepRecord> {
  const recorded = new Map<string, StepRecord>();
  const lost: string[] = [];
  for (const [path, { report, outputs, sealed = {}, lost: gone = [] }] of journaled) {
    const opened = Object.entries(sealed).map(([name, text]) => [name, seal?.open(path, name, text)] as const);
    const values = opened.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []));
    const sensitive = values.map(([name]) => name);
    if (gone.length > 0 || values.length < opened.length) lost.push(path);
    else
      recorded.set(path, {
        report,
        outputs: { ...outputs, ...Object.fromEntries(values) },
        ...(sensitive.length > 0 && { sensitive }),
      });
  }
  const restsOn = (path: string) => lost.some((one) => isBelow(path, one));
  return new Map([...recorded].filter(([path]) => !restsOn(path)));
}

/** The values that have to be masked. */
export function sensitiveValues(recorded: ReadonlyMap<string, StepRecord>): Uint8Array[] {
  return [...recorded.values()].flatMap(({ outputs, sensitive = [] }) =>
    sensitive.flatMap((name) => masksOfText(outputs[name] ?? '')),
  );
}
