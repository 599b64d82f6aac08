import { commentsOf } from '../../text/document.ts';
import { hasErrors, isAdvice, type Location, PROBLEM_CODES, type Problem, problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { ALL_STYLE, IGNORE, ONLY_ADVICE, takesIn } from './rule-settings.ts';

/** `# lockstep-ignore: CODE, CODE reason` above a line or at its end; `# lockstep-ignore-file: CODE reason` at the top. */
interface IgnoreComment {
  /** As written, each with its place. */
  readonly codes: readonly { readonly name: string; readonly at: Location }[];
  readonly at: Location;
  /** The first and last line that the comment applies to; null where its place is not valid. */
  readonly lines: readonly [first: number, last: number] | null;
}

/** The problems that are not ignored, and the problems of the comments themselves. */
export function withoutIgnored(problems: readonly Problem[], sources: readonly SourceFile[]): Problem[] {
  const marked = sources.filter(({ text }) => text.includes(IGNORE));
  const comments = new Map(marked.map((source) => [source.path, ignoreComments(source)]));
  const used = new Set<Location>();
  const left = problems.filter((one) => {
    const own = isAdvice(one.code) && one.at !== undefined ? comments.get(one.at.source.path) : undefined;
    const ignoring = own === undefined ? [] : placesThatIgnore(one, own);
    for (const place of ignoring) used.add(place);
    return ignoring.length === 0;
  });
  // Where there are errors, some checks have not run.
  const knowsAll = !hasErrors(problems);
  return [...left, ...[...comments.values()].flat().flatMap((comment) => commentProblems(comment, used, knowsAll))];
}

function placesThatIgnore({ code, at }: Problem, comments: readonly IgnoreComment[]): Location[] {
  const line = at?.source.position(at.range.start).line ?? 0;
  return comments.flatMap(({ codes, lines }) =>
    lines === null || line < lines[0] || line > lines[1]
      ? []
      : codes.filter(({ name }) => takesIn(name, code)).map((named) => named.at),
  );
}

function commentProblems(
  { codes, at, lines }: IgnoreComment,
  used: ReadonlySet<Location>,
  knowsAll: boolean,
): Problem[] {
  if (codes.length === 0)
    return [idle('this comment names no problem', at, `write # ${IGNORE}: CODE reason, or remove it`)];
  if (lines === null)
    return [
      idle(
        'this comment is not at the top of the file',
        at,
        `move it to the top, write # ${IGNORE}: CODE for one line, or remove it`,
      ),
    ];
  return codes.flatMap(({ name, at }) => {
    if (isAdvice(name) || name === ALL_STYLE)
      return used.has(at) || !knowsAll ? [] : [idle(`there is no ${name} here to ignore`, at, 'remove the comment')];
    if (Object.hasOwn(PROBLEM_CODES, name))
      return [idle(`${name} cannot be ignored: nothing can run safely with it`, at, ONLY_ADVICE)];
    return [
      idle(
        `there is no problem ${name}`,
        at,
        didYouMean(name, Object.keys(PROBLEM_CODES).filter(isAdvice)) ??
          'remove the comment; docs/problems.md has all codes',
      ),
    ];
  });
}

function idle(message: string, at: Location, hint: string | undefined): Problem {
  return problem('style/unused-ignore', message, { at, severity: 'warning', hint });
}

function ignoreComments(source: SourceFile): IgnoreComment[] {
  const { comments, texts } = commentsOf(source);
  const lineAt = (offset: number) => source.position(offset).line;
  const lastLines = new Map(texts.map((text) => [lineAt(text.start), lineAt(text.end - 1)]));
  const contents = contentLines(source);
  return comments.flatMap((range) => {
    const text = source.text.slice(range.start, range.end);
    const [head, wholeFile] = /^#+\s*lockstep-ignore(-file)?(?![\w-])\s*:?\s*/.exec(text) ?? [];
    if (head === undefined) return [];
    const [list = ''] = /^[^\s,]+(?:\s*,\s*[^\s,]+)*/.exec(text.slice(head.length)) ?? [];
    const codes = [...list.matchAll(/[^\s,]+/g)].map(({ 0: name, index }) => {
      const start = range.start + head.length + index;
      return { name, at: { source, range: { start, end: start + name.length } } };
    });
    const line = contents[lineAt(range.start)] ?? 0;
    const own = [line, lastLines.get(line) ?? line] as const;
    const isOnTop = lineAt(range.start) < (contents[1] ?? 0);
    return [{ codes, at: { source, range }, lines: wholeFile === undefined ? own : isOnTop ? WHOLE_FILE : null }];
  });
}

const WHOLE_FILE = [1, Number.POSITIVE_INFINITY] as const;

/** Line -> itself, or the next line that holds more than a comment; the last line where none does. */
function contentLines(source: SourceFile): readonly number[] {
  const last = source.position(source.text.length).line;
  const contents: number[] = [];
  for (let line = last, content = last; line > 0; line--) {
    if (!/^\s*(?:#|$)/.test(source.line(line))) content = line;
    contents[line] = content;
  }
  return contents;
}
