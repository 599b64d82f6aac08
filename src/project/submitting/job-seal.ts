import { randomBytes } from 'node:crypto';
import type { Job, SealedPart } from '../../engine/postgres/job.ts';
import { LockstepError } from '../../errors.ts';
import type { SentStep } from '../../run/sent-step.ts';
import { OutputSeal } from '../../run/step/output-seal.ts';
import type { JsonValue } from '../../text/node.ts';
import { isRecord } from '../../util/guards.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';

type Arguments = Readonly<Record<string, JsonValue>>;

/** What the arguments are sealed for: they open for no other job. */
type Owner = Pick<Job, 'run' | 'member' | 'tool'>;

/** A part of a job that may hold sensitive values. */
type Part = 'arguments' | 'step';

const SAID: Readonly<Record<Part, string>> = { arguments: 'arguments are', step: 'step is' };

interface Sealing {
  readonly group: string;
  readonly owner: Owner;
  readonly part: Part;
  readonly value: object;
}

/** Only members who may read the group open it. */
export function sealPart(vault: Vault, identity: Identity, { group, owner, part, value }: Sealing): SealedPart {
  const salt = randomBytes(16).toString('base64url');
  const text = sealOf(vault, identity, group, salt).seal(owner.run, nameOf(owner, part), JSON.stringify(value));
  return { group, salt, text };
}

/** @throws LockstepError `engine/refused`, or what the vault says where the identity may not read the group */
export function openArguments(vault: Vault, identity: Identity, job: Job): Arguments {
  const { sealed, args = {} } = job;
  return sealed === undefined ? args : (openPart(vault, identity, { job, part: 'arguments', sealed }) as Arguments);
}

/** The step that is all of the job, if it is one. @throws LockstepError as openArguments */
export function openStep(vault: Vault, identity: Identity, job: Job): SentStep | undefined {
  if (job.step === undefined) return undefined;
  const { sent, sealed } = job.step;
  const opened = sealed === undefined ? sent : openPart(vault, identity, { job, part: 'step', sealed });
  if (isSentStep(opened)) return opened;
  throw refused('its step is damaged');
}

interface Opening {
  readonly job: Job;
  readonly part: Part;
  readonly sealed: SealedPart;
}

/** A worker may read more groups than the member of a job: it opens only what that member may open too. */
function openPart(vault: Vault, identity: Identity, { job, part, sealed }: Opening): Readonly<Record<string, unknown>> {
  const { group, salt, text } = sealed;
  if (job.group !== null && group !== job.group)
    throw refused(`its ${SAID[part]} sealed to another group than its own`);
  if (vault.groups.get(group)?.readers.includes(job.member) !== true)
    throw refused(`its ${SAID[part]} sealed to the group "${group}", which "${job.member}" may not read`);
  const opened = sealOf(vault, identity, group, salt).open(job.run, nameOf(job, part), text);
  const parsed: unknown = opened === null ? null : JSON.parse(opened);
  if (isRecord(parsed)) return parsed;
  throw refused(`its ${SAID[part]} sealed for another job, or under another key of the group`);
}

/** The member who signed the job made it, so this looks at its form alone. */
function isSentStep(value: unknown): value is SentStep {
  return (
    isRecord(value) &&
    typeof value.path === 'string' &&
    isRecord(value.args) &&
    isRecord(value.states) &&
    Array.isArray(value.locks) &&
    Array.isArray(value.masks)
  );
}

function nameOf({ member, tool }: Owner, part: Part): string {
  return JSON.stringify([part, member, tool]);
}

function refused(why: string): LockstepError {
  return new LockstepError('engine/refused', why, ['submit it again: lockstep run TOOL']);
}

function sealOf(vault: Vault, identity: Identity, group: string, salt: string): OutputSeal {
  return new OutputSeal(vault.groupKey(group, identity).derive(`lockstep/1 run arguments ${salt}`));
}
