import { randomBytes } from 'node:crypto';
import type { Job, SealedArguments } from '../../engine/postgres/job.ts';
import { LockstepError } from '../../errors.ts';
import { OutputSeal } from '../../run/step/output-seal.ts';
import type { JsonValue } from '../../text/node.ts';
import { isRecord } from '../../util/guards.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';

type Arguments = Readonly<Record<string, JsonValue>>;

/** What the arguments are sealed for: they open for no other job. */
type Owner = Pick<Job, 'run' | 'member' | 'tool'>;

/** Only members who may read the group open them. */
export function sealArguments(
  vault: Vault,
  identity: Identity,
  { group, owner, args }: { readonly group: string; readonly owner: Owner; readonly args: Arguments },
): SealedArguments {
  const salt = randomBytes(16).toString('base64url');
  const text = sealOf(vault, identity, group, salt).seal(owner.run, nameOf(owner), JSON.stringify(args));
  return { group, salt, text };
}

/**
 * A worker may read more groups than the member of a job: it opens only what that member may open too.
 * @throws LockstepError `engine/refused`, or what the vault says where the identity may not read the group
 */
export function openArguments(vault: Vault, identity: Identity, job: Job): Arguments {
  const { run, sealed, args = {}, member } = job;
  if (sealed === undefined) return args;
  const { group, salt, text } = sealed;
  if (job.group !== null && group !== job.group)
    throw refused('its arguments are sealed to another group than its own');
  if (vault.groups.get(group)?.readers.includes(member) !== true)
    throw refused(`its arguments are sealed to the group "${group}", which "${member}" may not read`);
  const opened = sealOf(vault, identity, group, salt).open(run, nameOf(job), text);
  const parsed: unknown = opened === null ? null : JSON.parse(opened);
  if (isRecord(parsed)) return parsed as Arguments;
  throw refused('its arguments were sealed for another job, or under another key of the group');
}

function nameOf({ member, tool }: Owner): string {
  return JSON.stringify(['arguments', member, tool]);
}

function refused(why: string): LockstepError {
  return new LockstepError('engine/refused', why, ['submit it again: lockstep run TOOL']);
}

function sealOf(vault: Vault, identity: Identity, group: string, salt: string): OutputSeal {
  return new OutputSeal(vault.groupKey(group, identity).derive(`lockstep/1 run arguments ${salt}`));
}
