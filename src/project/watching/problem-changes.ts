import { hasErrors, type Problem } from '../../text/problem.ts';

export interface ProblemChanges {
  readonly fresh: readonly Problem[];
  readonly gone: readonly Problem[];
}

/** Remembers the reported problems of a repository, so that only changes are reported. */
export class ToldProblems {
  #told: readonly Problem[] = [];

  /** A problem that only moved to another line counts as the same. */
  tell(problems: readonly Problem[]): ProblemChanges {
    const fresh = without(problems, this.#told);
    const missing = without(this.#told, problems);
    // If there are errors, a missing warning may still exist: check does not examine what it cannot read.
    const unsure = hasErrors(problems) ? missing.filter(({ severity }) => severity !== 'error') : [];
    this.#told = [...problems, ...unsure];
    return { fresh, gone: without(missing, unsure) };
  }
}

/** Each of `others` removes one equal problem. */
function without(problems: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const left = new Map<string, number>();
  for (const one of others) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1);
  return problems.filter((one) => {
    const count = left.get(keyOf(one)) ?? 0;
    left.set(keyOf(one), count - 1);
    return count <= 0;
  });
}

function keyOf({ code, severity, message, at }: Problem): string {
  return JSON.stringify([at?.source.path, code, severity, message]);
}
