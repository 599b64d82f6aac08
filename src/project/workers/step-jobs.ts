import { JOB_DAYS, type Job } from '../../engine/postgres/job.ts';
import type { StepJobs } from '../../engine/postgres/sent-steps.ts';
import { LockstepError } from '../../errors.ts';
import type { SentStep } from '../../run/sent-step.ts';
import type { JsonValue } from '../../text/node.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';
import { openRecorded, outputSealOf } from '../runs/sealed-outputs.ts';
import { requireSigner, signJob } from '../submitting/job-proof.ts';
import { openArguments, sealPart } from '../submitting/job-seal.ts';
import type { VaultAccess } from '../vault/vault-access.ts';

const DAY_MS = 24 * 3600_000;

/**
 * The jobs of steps that this worker sends to others. It signs them itself: they do one step of the job that its member
 * signed, with what that step depends on, and they are sealed like it.
 */
export function stepJobs(access: VaultAccess, now: () => Date): StepJobs {
  return {
    async make(parent, run, sent) {
      const vault = await access.require();
      const { identity } = await access.identity();
      const member = requireSigner(vault, identity);
      const args = openArguments(vault, identity, parent);
      return signJob(identity, {
        ...callOf(parent),
        ...{ run, member, labels: [...sent.runsOn].sort(), priority: 0 },
        ...sealedParts(
          { vault, identity, group: parent.group ?? parent.sealed?.group },
          { run, member, parent },
          { args, sent },
        ),
        idempotencyKey: parent.idempotencyKey ?? parent.run,
        expires: new Date(now().getTime() + JOB_DAYS * DAY_MS).toISOString(),
      });
    },
    async recordOf({ recorded, header: { group, seal: salt } }, path) {
      const vault = await access.require();
      const { identity } = await access.identity();
      const key = group === null ? undefined : vault.groupKey(group, identity);
      const seal = salt === undefined || key === undefined ? undefined : outputSealOf(key, salt);
      return openRecorded(recorded, seal).get(path);
    },
  };
}

/** What the job of a step has of the job of its run. */
function callOf(parent: Job) {
  const { format, vault, commit, digest, tool, agent, group, on, by, queue } = parent;
  return {
    ...{ format, vault, commit, digest, tool, group, by, queue },
    ...(agent !== undefined && { agent }),
    ...(on !== undefined && { on }),
  };
}

interface Sealer {
  readonly vault: Vault;
  readonly identity: Identity;
  readonly group: string | undefined;
}

interface Parts {
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly sent: SentStep;
}

function sealedParts(
  { vault, identity, group }: Sealer,
  { run, member, parent }: { readonly run: string; readonly member: string; readonly parent: Job },
  { args, sent }: Parts,
): Pick<Job, 'args' | 'sealed' | 'step'> {
  if (group === undefined) {
    if (sent.masks.length > 0)
      throw new LockstepError(
        'engine/refused',
        'it depends on sensitive values, and its run has no group to seal them to',
        ['lockstep plan TOOL'],
      );
    return { args, step: { of: parent.run, sent } };
  }
  const seal = { group, owner: { run, member, tool: parent.tool } };
  return {
    sealed: sealPart(vault, identity, { ...seal, part: 'arguments', value: args }),
    step: { of: parent.run, sealed: sealPart(vault, identity, { ...seal, part: 'step', value: sent }) },
  };
}
