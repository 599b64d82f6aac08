import { type Location, type Problem, problem } from '../../text/problem.ts';
import { SourceFile } from '../../text/source.ts';
import type { Ambient } from '../repository/config.ts';
import { git } from './git-cli.ts';

/**
 * Problems that are safe to show: they quote no text of a file that Git ignores, such as a file with local secrets. A
 * hostile `lockstep.yaml` could name such a file as a definition, and the log of a CI that checks a pull request would
 * show its lines.
 */
export async function withoutIgnoredText(
  problems: readonly Problem[],
  root: string,
  env: Ambient,
): Promise<readonly Problem[]> {
  const paths = new Set(problems.flatMap((one) => locationsOf(one).map(({ source }) => source.path)));
  if (paths.size === 0) return problems;
  const answer = await git(root, env, ['check-ignore', '-z', '--stdin'], Buffer.from([...paths].join('\0')));
  const ignored = new Set(answer?.toString().split('\0'));
  return problems.map((one) => veiled(one, ignored));
}

function locationsOf({ at, related = [] }: Problem): readonly Location[] {
  return [...(at === undefined ? [] : [at]), ...related.map((one) => one.at)];
}

function veiled(one: Problem, ignored: ReadonlySet<string>): Problem {
  if (!locationsOf(one).some(({ source }) => ignored.has(source.path))) return one;
  const { code, severity, at } = one;
  const message = 'there is a problem here; Git ignores the file, so its text is not shown';
  return problem(code, message, { severity, ...(at !== undefined && { at: blanked(at) }) });
}

/** The same place in a copy of the file with only blanks. */
function blanked({ source, range }: Location): Location {
  return { source: new SourceFile(source.path, source.text.replace(/[^\r\n]/g, ' ')), range };
}
