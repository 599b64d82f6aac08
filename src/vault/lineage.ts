/** A local branch at one moment. */
export interface Origin {
  readonly ref: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** The end of Git's log of HEAD in one work tree at one moment. */
export interface HeadMark {
  /** The Git folder of the work tree. */
  readonly folder: string;
  /** In bytes. */
  readonly size: number;
  /** The commit in the last line of the log. */
  readonly last: string;
}

/** A file in one commit; null where the commit lacks it. */
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
 * Git's records about the checkout; used only where this machine's memory has no answer. Git writes all of the files
 * read here on this machine, for actions on this machine; none of them comes from what others push.
 */
export interface Lineage {
  /** The Git folder that holds the refs: two clones can have different branches of the same name. */
  readonly home: string;
  /** The local branch that the ref was made from here, then the branch that this one was made from, and so on. */
  madeFrom(): readonly Origin[];
  /** The local branch with the name of the remote's main branch. */
  trunk(): string | undefined;
  /** Whether a branch was deleted. */
  isGone(ref: string): boolean;
  /** Where Git's log of HEAD ends now; undefined where there is none. */
  mark(): HeadMark | undefined;
  /** The file in each commit that HEAD has pointed to since the mark; null where Git has no record. */
  formsSince(mark: HeadMark, file: string): Promise<readonly HeldForm[] | null>;
  /** The merges made in this work tree, the newest first. */
  mergesHere(file: string): Promise<readonly MergeForms[]>;
}
