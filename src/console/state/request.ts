import type { ProblemDocument } from '../generated/answers.ts';
import { forgetToken, token } from './session.ts';

export const API = '/api/v1';

/** Why a request was not done: the problem document of the server, or that it cannot be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: ProblemDocument;

  constructor(problem: ProblemDocument) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code ?? '';
  }

  get hints(): readonly string[] {
    return this.problem.hints ?? [];
  }
}

/** @throws ApiError */
export async function request<T>(
  method: string,
  path: string,
  options: { body?: object; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<T> {
  const response = await send(method, path, options);
  return (await response.json()) as T;
}

/** The response itself, for streams. @throws ApiError */
export async function send(
  method: string,
  path: string,
  { body, headers = {}, signal }: { body?: object; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const used = token.value;
  const response = await fetch(API + path, {
    method,
    headers: {
      ...headers,
      ...(used !== null && { authorization: `Bearer ${used}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    cache: 'no-store',
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  });
  if (response.ok) return response;
  if (response.status === 401 && token.value === used) forgetToken();
  throw new ApiError(await problemOf(response));
}

const UNREACHABLE: ProblemDocument = {
  type: 'about:blank',
  title: 'no connection',
  status: 0,
  code: 'page/offline',
  detail: 'the server does not answer',
  hints: ['Start it again with `lockstep serve`; this page connects by itself.'],
};

async function problemOf(response: Response): Promise<ProblemDocument> {
  const { status } = response;
  try {
    return (await response.json()) as ProblemDocument;
  } catch {
    return { type: 'about:blank', title: response.statusText, status, detail: `the server answered with ${status}` };
  }
}

/** A path of the API from its parts: names are encoded, absent parameters left out. */
export function address(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join('');
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return search === '' ? path : `${path}?${search}`;
}
