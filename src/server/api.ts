import * as validators from '../text/generated/api.js';
import { Refusal } from './access/refusal.ts';
import { DEFINITION_OPERATIONS } from './routes/definitions.ts';
import { EVENT_OPERATIONS } from './routes/events.ts';
import { GROUP_OPERATIONS } from './routes/groups.ts';
import type { Operation } from './routes/operation.ts';
import { REPIN_OPERATIONS } from './routes/repin.ts';
import { RUN_OPERATIONS } from './routes/runs.ts';
import { SECRET_CHANGE_OPERATIONS } from './routes/secret-changes.ts';
import { SECRET_OPERATIONS } from './routes/secrets.ts';
import { VIEW_OPERATIONS } from './routes/view-secret.ts';
import { WORKER_OPERATIONS } from './routes/workers.ts';

export const API_PREFIX = '/api/v1';

/** Every operation of the API. */
export const OPERATIONS: readonly Operation[] = [
  ...DEFINITION_OPERATIONS,
  ...RUN_OPERATIONS,
  ...WORKER_OPERATIONS,
  ...SECRET_OPERATIONS,
  ...SECRET_CHANGE_OPERATIONS,
  ...VIEW_OPERATIONS,
  ...REPIN_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...EVENT_OPERATIONS,
];

/** A compiled schema, as ajv writes it. */
interface Validate {
  (data: unknown): boolean;
  errors?:
    | readonly { readonly instancePath: string; readonly message?: string; readonly params: Record<string, unknown> }[]
    | null;
}

const VALIDATORS: Readonly<Record<string, Validate>> = validators;

/** @throws Refusal 400 with every fault of a body; no message quotes a value */
export function requireValidBody(name: string, body: unknown): void {
  const validate = VALIDATORS[name];
  if (validate === undefined || validate(body)) return;
  const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = typeof params.additionalProperty === 'string' ? ` "${params.additionalProperty.slice(0, 64)}"` : '';
    return `${instancePath === '' ? 'the body' : instancePath} ${message ?? 'is not valid'}${extra}`;
  });
  throw new Refusal(400, 'request/body', [...new Set(faults)].slice(0, 20).join('; '), [
    '/openapi.json has the schema',
  ]);
}

/** @throws Refusal 400 for a parameter that the operation does not have */
export function requireKnownQuery({ query = {} }: Operation, given: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(query, name));
  if (unknown === undefined) return;
  const known = Object.keys(query).join(', ');
  throw new Refusal(400, 'request/query', `there is no parameter "${unknown.slice(0, 64)}"`, [
    known === '' ? 'this request has none' : `parameters: ${known}`,
  ]);
}
