import apiSchema from '../../schemas/api.schema.json' with { type: 'json' };
import type { JsonValue } from '../text/node.ts';
import { VERSION } from '../util/version.ts';
import { API_PREFIX, OPERATIONS } from './api.ts';
import type { Operation } from './routes/operation.ts';

type Json = { readonly [key: string]: JsonValue };

const PROBLEM = {
  description: 'why it was not done',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDocument' } } },
} as const satisfies Json;

/** The OpenAPI 3.1 description of the API, from the operations and the schemas that check the requests. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, JsonValue>> = {};
  for (const one of OPERATIONS) {
    const path = `${API_PREFIX}${one.path}`;
    paths[path] = { ...paths[path], [one.method]: operationObject(one) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lockstep',
      version: VERSION,
      summary: 'Runs YAML-defined tools with exactly the secrets that they declare.',
      description: 'No answer holds a secret value, but the one of viewSecret.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'printed by `lockstep serve`, or made by `lockstep token make`',
        },
      },
      schemas: schemasOf(apiSchema.$defs as unknown as Json),
    },
  };
}

function operationObject(one: Operation): Json {
  const names = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(one.query ?? {}).map(([name, { description, schema }]) => ({
      name,
      in: 'query',
      description,
      schema,
    })),
    ...headersOf(one),
  ];
  return {
    operationId: one.id,
    summary: one.summary,
    description: `Scope: \`${one.scope}\`.`,
    ...(parameters.length > 0 && { parameters }),
    ...(one.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${one.body}` } } },
      },
    }),
    responses: { [String(one.status ?? 200)]: answerObject(one), '4XX': PROBLEM, '5XX': PROBLEM },
  };
}

function headersOf({ id, answer }: Operation): Json[] {
  const header = (name: string, description: string): Json => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  });
  if (answer === 'events') return [header('Last-Event-ID', 'the last event that the client has')];
  if (id === 'startRun') return [header('Idempotency-Key', 'the same key starts one run only')];
  return [];
}

function answerObject({ answer, summary }: Operation): Json {
  return answer === 'events'
    ? { description: 'server-sent events', content: { 'text/event-stream': { schema: { type: 'string' } } } }
    : { description: summary, content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } } };
}

/** The definitions, with references as OpenAPI writes them. */
function schemasOf(definitions: Json): Json {
  return JSON.parse(JSON.stringify(definitions).replaceAll('#/$defs/', '#/components/schemas/'));
}
