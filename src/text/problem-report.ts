import type { Location, Problem, ProblemCode, Severity } from './problem.ts';

/** Lines and columns are 1-based. */
interface PlaceReport {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** The documented JSON of a problem (DESIGN: faces). All place fields are absent together. */
export interface ProblemReport extends Partial<PlaceReport> {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  /** The argument of a call that the problem concerns. */
  readonly argument?: string;
  /** Other places that the problem concerns; absent without any. */
  readonly related?: readonly ({ readonly message: string } & PlaceReport)[];
}

export function problemReport({ code, severity, message, hint, argument, at, related = [] }: Problem): ProblemReport {
  return {
    code,
    severity,
    message,
    ...(hint !== undefined && { hint }),
    ...(argument !== undefined && { argument }),
    ...(at !== undefined && placeReport(at)),
    ...(related.length > 0 && { related: related.map((one) => ({ message: one.message, ...placeReport(one.at) })) }),
  };
}

function placeReport({ source, range }: Location): PlaceReport {
  const start = source.position(range.start);
  const end = source.position(range.end);
  return { file: source.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
