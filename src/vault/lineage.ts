/** A local branch, as it was at a moment. */
export interface Origin {
  readonly ref: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/**
 * What Git tells of the ref that is checked out; asked only where this machine has no memory of it. All of it comes from
 * files that Git writes on this machine for what is done on this machine, and none of it from what others push.
 */
export interface Lineage {
  /** The Git folder that refs are kept in: two clones have different branches of one name. */
  readonly home: string;
  /** The local branch that the ref was made from here, what that one was made from, and so on. */
  madeFrom(): readonly Origin[];
  /** The local branch of the name that the remote's main branch has. */
  trunk(): string | undefined;
  /** Whether a branch was deleted. */
  isGone(ref: string): boolean;
}
