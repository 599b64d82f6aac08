import type { CheckResult } from '../checking/check.ts';
import { checkSnapshot } from '../checking/check.ts';
import type { GroupChoice } from '../checking/group-problems.ts';
import type { Project } from '../project.ts';
import { userFoldersOf } from '../repository/config.ts';
import { Bell } from './bell.ts';
import { type ProblemChanges, ToldProblems } from './problem-changes.ts';
import { type StableRead, StableReader } from './stable-read.ts';
import { watchedNames } from './watched-names.ts';
import { watchTree } from './watcher.ts';

/** What a watched project reports, once for each change of content. */
export interface Change {
  readonly result: CheckResult;
  /** The files whose content changed; empty at first. */
  readonly files: readonly string[];
  /** Compared with the previous report; at first all are new. */
  readonly problems: ProblemChanges;
  /** Whether the change is in force; if not, the last good definitions still are. */
  readonly takenUp: boolean;
}

/**
 * Yields at once for the present repository, and then for every change of its definitions, settings and vault.
 *
 *   waiting --a file changes--> settling --holds still--> reading --same bytes--> waiting
 *                                  ^---it moves again---'    |--errors--> reported, last good stays --> waiting
 *                                                            `--sound---> reported, in force ---------> waiting
 *
 * A half-written checkout never leaves `settling`. Ends when the signal is aborted.
 */
export async function* watchProject(
  project: Project,
  signal: AbortSignal,
  choice: GroupChoice = {},
): AsyncGenerator<Change, void, undefined> {
  const bell = new Bell(signal);
  const watcher = await watchTree(project.root, watchedNames(project.snapshot), {
    changed: () => bell.ring(),
    failed: (reason) => bell.break(reason),
  });
  const reader = new StableReader(project.root, userFoldersOf(project.vault.env).cache);
  let last: ReadonlyMap<string, string> | undefined;
  const told = new ToldProblems();
  try {
    for (bell.ring(); await bell.rang(); ) {
      const settled = await reader.read(signal);
      if (settled === null) return;
      const files = last === undefined ? [] : differing(last, settled.files);
      if (last !== undefined && files.length === 0) continue;
      last = settled.files;
      watcher.want(watchedNames(settled.snapshot));
      const { result, takenUp } = await checkSettled(project, settled, choice);
      yield { result, takenUp, files, problems: told.tell(result.problems) };
    }
  } finally {
    await watcher.close();
  }
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

async function checkSettled(project: Project, { snapshot }: StableRead, choice: GroupChoice) {
  const result = await checkSnapshot(snapshot, project.vault, { today: project.today(), ...choice });
  if (result.report.ok) project.useSnapshot(snapshot);
  return { result, takenUp: result.report.ok };
}
