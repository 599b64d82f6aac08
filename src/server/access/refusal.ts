import { ERROR_CODES, type ErrorCode, LockstepError } from '../../errors.ts';
import type { ProblemReport } from '../../text/problem-report.ts';

/** Why a request was not done, before any call of the project. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly hints: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: readonly ProblemReport[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    hints: readonly string[] = [],
    headers: Readonly<Record<string, string>> = {},
    problems?: readonly ProblemReport[],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hints = hints;
    this.headers = headers;
    this.problems = problems;
  }
}

/** RFC 9457, with our code and the next commands. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hints?: readonly string[];
  readonly problems?: readonly ProblemReport[];
  /** The id of the request, as the log has it. */
  readonly request: string;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'change/conflict': 409,
  'name/taken': 409,
  'group/needed': 409,
  'lock/held': 409,
  'run/not-resumable': 409,
  'run/not-waiting': 409,
  'vault/not-a-member': 403,
  'vault/missing': 409,
  'vault/exists': 409,
  'secret/ungranted': 403,
  'run/not-approved': 403,
};

/** Families that say that the request is wrong, and those that say that something is not there. */
const FAMILY_STATUS: Readonly<Record<string, number>> = {
  usage: 400,
  value: 400,
  metadata: 400,
  name: 400,
  grant: 400,
  import: 400,
  definition: 409,
  vault: 503,
  identity: 503,
  project: 503,
  state: 503,
  file: 503,
  system: 503,
};

/** The document of an error; a bug shows nothing of itself. */
export function problemDocument(error: unknown, request: string): ProblemDocument {
  if (error instanceof Refusal)
    return {
      ...documentOf(error.code, error.status, error.code, error.message, error.hints, request),
      ...(error.problems && { problems: error.problems }),
    };
  if (error instanceof LockstepError)
    return documentOf(error.code, statusOf(error.code), ERROR_CODES[error.code], error.message, error.hints, request);
  return documentOf('internal', 500, 'an error of the server', `the server's log has it under ${request}`, [], request);
}

function statusOf(code: ErrorCode): number {
  if (code.endsWith('/unknown')) return 404;
  return STATUS[code] ?? FAMILY_STATUS[code.split('/', 1)[0] ?? ''] ?? 409;
}

function documentOf(
  code: string,
  status: number,
  title: string,
  detail: string,
  hints: readonly string[],
  request: string,
): ProblemDocument {
  return {
    type: `urn:lockstep:error:${code}`,
    title,
    status,
    detail,
    code,
    ...(hints.length > 0 && { hints }),
    request,
  };
}
