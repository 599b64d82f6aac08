import { type GlobPart, matchesPath, parseGlob } from '../../util/glob.ts';
import type { ScanIgnore } from '../repository/config.ts';

/** The ignored findings, and what ignored them: a comment on the line, or an entry of lockstep.yaml. */
export interface IgnoredFindings extends ScanIgnore {
  readonly by: 'comment' | 'lockstep.yaml';
  readonly findings: number;
}

/** Anyone who can push can write both kinds of exceptions, so each is counted and shown. */
export class ScanIgnores {
  readonly #entries: readonly (ScanIgnore & { readonly paths: readonly (readonly GlobPart[])[] | undefined })[];
  readonly #counts: number[];
  #comments = 0;

  constructor(entries: readonly ScanIgnore[]) {
    // An invalid pattern ignores nothing.
    this.#entries = entries.map((one) => ({ ...one, paths: one.path === undefined ? undefined : pathsOf(one.path) }));
    this.#counts = entries.map(() => 0);
  }

  /** True if the finding is to be ignored; counts it. */
  takes(file: string, secret: string | undefined, hasComment: boolean): boolean {
    if (hasComment) this.#comments += 1;
    if (hasComment) return true;
    const names = file.split('/');
    const at = this.#entries.findIndex(
      (one) =>
        (one.secret === undefined || one.secret === secret) &&
        (one.paths === undefined || one.paths.some((parts) => matchesPath(parts, names))),
    );
    if (at === -1) return false;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    return true;
  }

  get ignored(): readonly IgnoredFindings[] {
    const byEntry = this.#entries.map(({ secret, path }, at) => ({
      by: 'lockstep.yaml' as const,
      ...(secret !== undefined && { secret }),
      ...(path !== undefined && { path }),
      findings: this.#counts[at] ?? 0,
    }));
    return [{ by: 'comment' as const, findings: this.#comments }, ...byEntry].filter(({ findings }) => findings > 0);
  }
}

function pathsOf(path: string): readonly (readonly GlobPart[])[] {
  return parseGlob(path.replace(/^\.\//, '').replace(/\/+$/, '')) ?? [];
}
