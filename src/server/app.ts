import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { nestsTooDeeply } from '../run/nesting.ts';
import { parseExactJson } from '../text/exact-json.ts';
import { decodeUtf8 } from '../text/utf8.ts';
import type { Callers } from './access/caller.ts';
import type { Doorkeeper } from './access/doorkeeper.ts';
import { problemDocument, Refusal } from './access/refusal.ts';
import { API_PREFIX, OPERATIONS, requireKnownQuery, requireValidBody } from './api.ts';
import type { Assets } from './assets.ts';
import type { SentEvent } from './events/server-events.ts';
import { eventStream } from './events/sse.ts';
import type { Log } from './log.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation, Served } from './routes/operation.ts';

/** A value of 1 MiB in base64, and what stands around it. */
const LARGEST_BODY = 1536 * 1024;
const MOST_STREAMS = 400;

/** What node-server hands in beside the request. */
interface Bindings {
  readonly incoming: {
    readonly method?: string;
    readonly url?: string;
    readonly rawHeaders: readonly string[];
    readonly socket: { readonly remoteAddress?: string };
  };
}

type Env = { Bindings: Bindings; Variables: { request: string } };

export interface AppParts {
  readonly served: Served;
  readonly callers: Callers;
  readonly door: Doorkeeper;
  readonly assets: Assets;
  readonly log: Log;
  /** Aborted when the server drains: event streams end. */
  readonly draining: AbortSignal;
}

/** The whole HTTP interface: access rules, the API, the page. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const request = randomBytes(6).toString('hex');
    c.set('request', request);
    const { incoming } = c.env;
    parts.door.requireWelcome({ method: c.req.method, target: incoming.url ?? '', rawHeaders: incoming.rawHeaders });
    await next();
    protect(c);
    parts.log.info({ request, method: c.req.method, path: c.req.path.slice(0, 200), status: c.res.status }, 'request');
  });
  app.onError((error, c) => failed(error, c, parts.log));
  app.notFound((c) =>
    failed(new Refusal(404, 'request/path', 'there is nothing at this path', ['/openapi.json']), c, parts.log),
  );
  addOperations(app, parts);
  addOwnPaths(app, parts);
  return app;
}

function addOperations(app: Hono<Env>, parts: AppParts): void {
  const streams = { open: 0 };
  for (const one of OPERATIONS) {
    const path = `${API_PREFIX}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app.on(one.method.toUpperCase(), path, (c) => answer(one, c, parts, streams));
  }
}

/** Deep links of the page: each shows the page, which reads its own address. */
const PAGES = [
  '/',
  ...['secrets', 'access', 'tools', 'agents', 'runs', 'problems', 'members', 'audit'].map((one) => `/${one}/*`),
];

function addOwnPaths(app: Hono<Env>, { served, assets, draining }: AppParts): void {
  app.get('/openapi.json', (c) => c.json(openApiDocument()));
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', (c) => {
    const isReady = served.live.state.current && !draining.aborted;
    return c.json({ ready: isReady }, isReady ? 200 : 503);
  });
  for (const path of PAGES) app.get(path, (c) => asset(assets, 'index.html', c));
  app.get('/assets/:file', (c) => asset(assets, c.req.param('file'), c));
}

async function answer(one: Operation, c: Context<Env>, parts: AppParts, streams: { open: number }): Promise<Response> {
  const { served, callers, draining } = parts;
  const caller = callers.find(c.req.header('authorization'), c.env.incoming.socket.remoteAddress ?? '');
  caller.requireScope(one.scope);
  if (draining.aborted) throw new Refusal(503, 'server/draining', 'the server is stopping', ['try again in a moment']);
  const query = singleValues(c.req.queries());
  requireKnownQuery(one, query);
  const body = one.body === undefined ? undefined : await jsonBody(c);
  if (one.body !== undefined) requireValidBody(one.body, body);
  await served.live.settled();
  const call = {
    served,
    caller,
    params: c.req.param() as Record<string, string>,
    query,
    body: body as never,
    header: (name: string) => c.req.header(name),
    signal: AbortSignal.any([c.req.raw.signal, draining]),
  };
  const made = await one.handle(call);
  if (!isEvents(made)) return c.json(made as object, (one.status ?? 200) as 200);
  if (streams.open >= MOST_STREAMS)
    throw new Refusal(503, 'server/streams', `the server has ${MOST_STREAMS} event streams open`, [], {
      'retry-after': '5',
    });
  streams.open += 1;
  return c.body(
    eventStream(made, () => (streams.open -= 1)),
    200,
    { 'content-type': 'text/event-stream' },
  );
}

function isEvents(made: object): made is AsyncIterable<SentEvent> {
  return Symbol.asyncIterator in made;
}

/** @throws Refusal 400 where a parameter is given twice */
function singleValues(all: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => {
      if (values.length !== 1)
        throw new Refusal(400, 'request/query', `the parameter "${name.slice(0, 64)}" is given twice`);
      return [name, values[0] ?? ''];
    }),
  );
}

/** @throws Refusal 400, 413 or 415 */
async function jsonBody(c: Context<Env>): Promise<unknown> {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(c.req.header('content-type') ?? ''))
    throw new Refusal(415, 'request/content-type', 'the body has to be application/json');
  const text = decodeUtf8(await limitedBody(c.req.raw));
  if (text === undefined) throw new Refusal(400, 'request/body', 'the body is not UTF-8');
  const read = parseExactJson(text);
  if ('fault' in read) throw new Refusal(400, 'request/body', 'the body is not valid JSON');
  if (nestsTooDeeply(read.value)) throw new Refusal(400, 'request/body', 'the body nests too deeply');
  return read.value;
}

async function limitedBody({ body, headers }: Request): Promise<Uint8Array> {
  const tooLarge = () =>
    new Refusal(413, 'request/body', `the body is larger than ${LARGEST_BODY} bytes`, [], { connection: 'close' });
  if (Number(headers.get('content-length') ?? 0) > LARGEST_BODY) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failed(error: unknown, c: Context<Env>, log: Log): Response {
  const request = c.get('request') ?? '';
  const document = problemDocument(error, request);
  const about = {
    request,
    method: c.req.method,
    path: c.req.path.slice(0, 200),
    status: document.status,
    code: document.code,
  };
  if (document.status === 500)
    log.error({ ...about, stack: error instanceof Error ? error.stack : undefined }, 'failed');
  else log.info(about, 'refused');
  const headers = error instanceof Refusal ? error.headers : {};
  const response = c.body(JSON.stringify(document), document.status as 400, {
    ...headers,
    'content-type': 'application/problem+json',
  });
  protect(c, response);
  return response;
}

function asset(assets: Assets, name: string, c: Context<Env>): Response {
  const found = assets.find(name);
  if (found === undefined) throw new Refusal(404, 'request/path', 'there is no such file');
  return c.body(found.bytes, 200, { 'content-type': found.type });
}

/** Only our own scripts and styles, from here, in no frame; nothing is kept by a cache. */
const CSP = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

function protect(c: Context<Env>, response: Response = c.res): void {
  const { headers } = response;
  headers.set('content-security-policy', CSP);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('cache-control', 'no-store');
}
