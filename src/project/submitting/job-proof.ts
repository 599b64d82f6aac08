import { type Job, jobText, type SignedJob } from '../../engine/postgres/job.ts';
import type { AnswerProof } from '../../engine/postgres/posted-answer.ts';
import { laneOf } from '../../engine/postgres/queue.ts';
import { LockstepError } from '../../errors.ts';
import { isSignedBy, signedBytes } from '../../vault/age/signature.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';
import type { VaultAccess } from '../vault/vault-access.ts';

/** By the key that requireSigner has looked at. */
export function signJob(identity: Identity, job: Job): SignedJob {
  return { text: jobText(job), signature: identity.sign(signedBytes('job', job)) };
}

/** The member's name, where the member can sign. @throws LockstepError `vault/not-a-member` */
export function requireSigner(vault: Vault, identity: Identity): string {
  const name = vault.requireMember(identity);
  if (vault.members.get(name)?.signing === identity.signingKey) return name;
  throw new LockstepError('vault/not-a-member', `"${name}" only reads: a run for workers has to be signed`, [
    `an admin adds the card that lockstep whoami prints: lockstep member add ${name} CARD`,
  ]);
}

/** Answers to questions of runs, signed by the identity of this process and verified with the members of the vault. */
export function answerProof(access: VaultAccess): AnswerProof {
  return {
    async sign(answer, group) {
      const { identity } = await access.identity();
      const vault = await access.require();
      const member = requireSigner(vault, identity);
      if (!mayUse(vault, member, group))
        throw new LockstepError('vault/not-a-member', `"${member}" may not read the group "${group}" of the run`, [
          `lockstep member list`,
        ]);
      return { member, signature: identity.sign(signedBytes('answer', answer)) };
    },
    async isSigned(answer, { member, signature }, group) {
      const vault = await access.require();
      const signing = vault.members.get(member)?.signing;
      return (
        signing !== undefined &&
        mayUse(vault, member, group) &&
        isSignedBy(signing, signedBytes('answer', answer), signature)
      );
    },
  };
}

/** What belongs to no group is open to every member who signs. */
function mayUse(vault: Vault, member: string, group: string | null): boolean {
  return group === null || vault.groups.get(group)?.readers.includes(member) === true;
}

/** Why a row is not the job that a member signed as this run, with the right to its group; undefined where it is. */
export function whyUnproven(
  { text, signature }: SignedJob,
  job: Job,
  { vault, run }: Pick<JobJudge, 'vault' | 'run'>,
): string | undefined {
  const signing = vault.members.get(job.member)?.signing;
  if (job.vault !== vault.id) return 'it was submitted for another repository';
  if (signing === undefined) return `"${job.member}" is not a member of the vault who can sign`;
  if (text !== jobText(job) || !isSignedBy(signing, signedBytes('job', job), signature))
    return `it is not what "${job.member}" signed`;
  if (job.run !== run) return 'it was signed as another run';
  if (!mayUse(vault, job.member, job.group)) return `"${job.member}" may not read the group "${job.group}"`;
  return undefined;
}

/** Clocks of machines differ, and the queue goes by that of the database. */
const CLOCKS_MS = 5 * 60_000;

/** What a worker judges a job by. */
export interface JobJudge {
  readonly vault: Vault;
  /** The run that the row belongs to. */
  readonly run: string;
  readonly lanes: ReadonlySet<string>;
  readonly now: Date;
  /** Whether this machine has brought the run to its end before. */
  readonly hasEnded: boolean;
  /** Whether this machine has begun with the run before, and its record is gone. */
  readonly isWiped: boolean;
}

/**
 * Why a job is not run here; undefined where it is. A user who can write to the database can change each row; each of
 * these keeps the change from having an effect.
 */
export function whyRefused({ text, signature }: SignedJob, job: Job, judge: JobJudge): string | undefined {
  const { vault, run, lanes, now, hasEnded, isWiped } = judge;
  const why = whyUnproven({ text, signature }, job, { vault, run });
  if (why !== undefined) return why;
  if (hasEnded) return 'this machine has brought the run to its end before';
  if (isWiped) return 'this machine has begun with the run before, and its record is gone';
  if (!lanes.has(laneOf(job.queue, job.labels))) return 'it was submitted to another queue';
  if (now > new Date(job.expires)) return `it was to run before ${job.expires}`;
  if (job.starts !== undefined && now.getTime() + CLOCKS_MS < Date.parse(job.starts))
    return `it is not to run before ${job.starts}`;
  return undefined;
}
