import type { Problem, ProblemCode, Severity } from './problem.ts';

/** The documented JSON of a problem (DESIGN: faces). Lines and columns are 1-based; all place fields are absent together. */
export interface ProblemReport {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

export function problemReport({ code, severity, message, hint, at }: Problem): ProblemReport {
  const said = { code, severity, message, ...(hint !== undefined && { hint }) };
  if (at === undefined) return said;
  const start = at.source.position(at.range.start);
  const end = at.source.position(at.range.end);
  return {
    ...said,
    file: at.source.path,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}
