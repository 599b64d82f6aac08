import { LockstepError } from '../../errors.ts';
import type { SentStep } from '../../run/sent-step.ts';
import type { JsonValue } from '../../text/node.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { isRecord } from '../../util/guards.ts';

/** A worker that gets a job later than this after its time refuses it: an old one must not come back. */
export const JOB_DAYS = 7;

/** What a member of the vault wants to be run: all that decides it. */
export interface Job {
  readonly format: 'lockstep-job/1';
  readonly run: string;
  /** The id of the repository's vault. */
  readonly vault: string;
  readonly commit: string;
  /** The tool's digest at that commit. */
  readonly digest: string;
  readonly tool: string;
  readonly agent?: string;
  /** Whose secrets it gets, as its member chose it; null: its tool asks for none. A worker chooses none by itself. */
  readonly group: string | null;
  readonly on?: 'host';
  /** The arguments, where the run uses no group. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  /** The arguments, sealed to the group. */
  readonly sealed?: SealedPart;
  readonly timeoutMs?: number;
  /** What steps get before their own name; absent: the run. */
  readonly idempotencyKey?: string;
  /** An argument that contains a value which the run opens ends it before it starts. */
  readonly refuseSecretArguments?: true;
  /** The member who signed it. */
  readonly member: string;
  /** Who started the run, for the record. */
  readonly by: string;
  readonly queue: string;
  readonly labels: readonly string[];
  readonly key?: string;
  readonly priority: number;
  /** ISO 8601: not before, and not after. */
  readonly starts?: string;
  readonly expires: string;
  /** The run whose finished steps it begins with. */
  readonly retries?: { readonly run: string; readonly from?: string };
  readonly repeatUnknown?: true;
  /** Begins with steps that ran with other definitions. */
  readonly withChanges?: true;
  /** One step of a run, which the worker that has the run sends to others: all that is to be done. */
  readonly step?: SentJob;
}

export interface SentJob {
  /** The run that the step belongs to. */
  readonly of: string;
  /** What the step depends on, where the run uses no group. */
  readonly sent?: SentStep;
  /** The same, sealed to the group. */
  readonly sealed?: SealedPart;
}

export interface SealedPart {
  readonly group: string;
  readonly salt: string;
  readonly text: string;
}

/** As it is in the database. */
export interface SignedJob {
  /** The canonical JSON of the job: what is signed. */
  readonly text: string;
  readonly signature: string;
}

export function jobText(job: Job): string {
  return canonicalJson(job);
}

export function sealedRow({ text, signature }: SignedJob): string {
  return JSON.stringify({ text, signature });
}

/** @throws LockstepError `engine/refused` for a row that is not a job */
export function readJob(row: string): { readonly signed: SignedJob; readonly job: Job } {
  try {
    const signed: unknown = JSON.parse(row);
    if (isRecord(signed) && typeof signed.text === 'string' && typeof signed.signature === 'string') {
      const job: unknown = JSON.parse(signed.text);
      if (isJob(job)) return { signed: { text: signed.text, signature: signed.signature }, job };
    }
  } catch {}
  throw new LockstepError('engine/refused', 'the job in the database is damaged', [
    'submit it again: lockstep run TOOL',
  ]);
}

function isJob(job: unknown): job is Job {
  if (!isRecord(job) || job.format !== 'lockstep-job/1') return false;
  const texts = [job.run, job.vault, job.commit, job.digest, job.tool, job.member, job.by, job.queue, job.expires];
  return (
    texts.every((one) => typeof one === 'string') &&
    /^[0-9a-f]{40,64}$/.test(String(job.commit)) &&
    (job.group === null || typeof job.group === 'string') &&
    Array.isArray(job.labels) &&
    (job.args === undefined || isRecord(job.args)) &&
    (job.sealed === undefined || (isRecord(job.sealed) && typeof job.sealed.text === 'string')) &&
    (job.retries === undefined || (isRecord(job.retries) && typeof job.retries.run === 'string')) &&
    (job.step === undefined || (isRecord(job.step) && typeof job.step.of === 'string')) &&
    typeof job.priority === 'number'
  );
}
