/** A local branch, as it was at a moment. */
export interface Origin {
  readonly ref: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** How far Git's log of HEAD had come in one work tree. */
export interface HeadMark {
  /** The Git folder of the work tree. */
  readonly folder: string;
  /** In bytes. */
  readonly size: number;
  /** The commit of its last line. */
  readonly last: string;
}

/** A file as a commit has it; null where it has none. */
export interface HeldForm {
  readonly commit: string;
  readonly text: string | null;
}

/** A file in a merge that was made in this work tree; null for a side without it. */
export interface MergeForms {
  readonly ours: string | null;
  readonly theirs: string | null;
  readonly result: string | null;
  readonly bases: readonly (string | null)[];
}

/**
 * Git's records about the checkout; used only where this machine's memory does not answer. All of it comes from files that
 * Git writes on this machine for what is done on this machine, and none of it from what others push.
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
  /** Where Git's log of HEAD ends now; undefined where there is none. */
  mark(): HeadMark | undefined;
  /** A file in the commits that HEAD stood at since; null where Git does not tell. */
  formsSince(mark: HeadMark, file: string): Promise<readonly HeldForm[] | null>;
  /** The merges of this work tree, the newest first. */
  mergesHere(file: string): Promise<readonly MergeForms[]>;
}
