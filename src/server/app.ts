import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { asActor } from '../project/vault/actor.ts';
import type { Caller, Callers } from './access/caller.ts';
import type { Doorkeeper } from './access/doorkeeper.ts';
import { problemDocument, Refusal } from './access/refusal.ts';
import { API_PREFIX, OPERATIONS, requireKnownQuery, requireValidBody } from './api.ts';
import type { Assets } from './assets.ts';
import { jsonBody } from './body.ts';
import type { SentEvent } from './events/server-events.ts';
import { eventStream } from './events/sse.ts';
import type { Log } from './log.ts';
import { answerMcp, MCP_PATH, type McpHandler, RESOURCE_METADATA_PATH, resourceMetadata, withMetadata } from './mcp.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation, Served } from './routes/operation.ts';
import type { Tracing } from './tracing.ts';
import type { ServerTriggers } from './triggers.ts';

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

type Env = { Bindings: Bindings; Variables: { request: string; operation: string } };

export interface AppParts {
  readonly served: Served;
  readonly callers: Callers;
  readonly door: Doorkeeper;
  readonly assets: Assets;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly triggers: ServerTriggers | undefined;
  readonly mcp: McpHandler | undefined;
  /** Whose tokens it takes besides its own. */
  readonly issuer: string | undefined;
  /** Event streams that are open. */
  readonly streams: { open: number };
  /** Milliseconds since some moment. */
  readonly clock: () => number;
  /** Aborted when the server drains: event streams end. */
  readonly draining: AbortSignal;
}

/** The whole HTTP interface: access rules, the API, the page. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const start = parts.clock();
    const request = randomBytes(6).toString('hex');
    c.set('request', request);
    const { incoming } = c.env;
    parts.door.requireWelcome({ method: c.req.method, target: incoming.url ?? '', rawHeaders: incoming.rawHeaders });
    await next();
    protect(c);
    const operation = c.get('operation');
    if (operation === undefined) return;
    const milliseconds = parts.clock() - start;
    parts.metrics.answered(operation, c.res.status, milliseconds / 1000);
    parts.tracing?.answered(operation, request, c.res.status, milliseconds);
    parts.log.info({ request, method: c.req.method, path: shownPath(c), status: c.res.status }, 'request');
  });
  app.onError((error, c) => failed(error, c, parts.log));
  app.notFound((c) =>
    failed(new Refusal(404, 'request/path', 'there is nothing at this path', ['/openapi.json']), c, parts.log),
  );
  addOperations(app, parts);
  addOwnPaths(app, parts);
  addMcp(app, parts);
  return app;
}

function addOperations(app: Hono<Env>, parts: AppParts): void {
  for (const one of OPERATIONS) {
    const path = `${API_PREFIX}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app.on(one.method.toUpperCase(), path, (c) => answer(one, c, parts));
  }
}

/** Deep links of the page: each shows the page, which reads its own address. */
const PAGES = [
  '/',
  ...['secrets', 'access', 'tools', 'agents', 'runs', 'problems', 'members', 'audit'].map((one) => `/${one}/*`),
];

function addOwnPaths(app: Hono<Env>, parts: AppParts): void {
  const { served, assets, draining, metrics } = parts;
  app.get('/openapi.json', (c) => c.json(openApiDocument()));
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    const { current, snapshot, report } = served.live.state;
    const isReady = current && !draining.aborted;
    // Everybody learns whether it is ready; what is wrong needs a token.
    const details = c.req.header('authorization') === undefined ? {} : { snapshot, problems: report.problems };
    if ('snapshot' in details) await callerOf(c, parts);
    return c.json({ ready: isReady, ...details }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    await callerOf(c, parts);
    return c.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
  });
  for (const path of PAGES) app.get(path, (c) => asset(assets, 'index.html', c));
  app.post('/hooks/:tool', async (c) => {
    if (parts.triggers === undefined) throw new Refusal(404, 'request/path', 'this server has no triggers');
    return c.json(await parts.triggers.answer(c.req.param('tool'), c.req.raw), 202);
  });
  app.get('/assets/:file', (c) => asset(assets, c.req.param('file'), c));
}

function addMcp(app: Hono<Env>, parts: AppParts): void {
  const { issuer, mcp, callers, streams, draining } = parts;
  app.all(MCP_PATH, async (c) => {
    c.set('operation', 'mcp');
    const caller = await callerOf(c, parts).catch((error) => {
      throw issuer === undefined ? error : withMetadata(error, new URL(c.req.url).origin);
    });
    if (draining.aborted) throw stopping();
    const isValid = () => callers.isValid(c.req.header('authorization'));
    return answerMcp(c.req.raw, { mcp, caller, isValid, streams, mostStreams: MOST_STREAMS });
  });
  if (issuer === undefined) return;
  for (const path of [RESOURCE_METADATA_PATH, `${RESOURCE_METADATA_PATH}${MCP_PATH}`])
    app.get(path, (c) => c.json(resourceMetadata(new URL(c.req.url).origin, issuer)));
}

function stopping(): Refusal {
  return new Refusal(503, 'server/draining', 'the server is stopping', ['try again in a moment']);
}

async function answer(one: Operation, c: Context<Env>, parts: AppParts): Promise<Response> {
  const { served, draining, streams } = parts;
  const caller = await callerOf(c, parts);
  c.set('operation', one.id);
  caller.requireScope(one.scope);
  if (draining.aborted) throw stopping();
  const query = singleValues(c.req.queries());
  requireKnownQuery(one, query);
  const body = one.body === undefined ? undefined : await jsonBody(c.req.raw);
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
  const made = await asActor(`token ${caller.name}`, () => one.handle(call));
  if (!isEvents(made)) return c.json(made as object, (one.status ?? 200) as 200);
  if (streams.open >= MOST_STREAMS)
    throw new Refusal(503, 'server/streams', `the server has ${MOST_STREAMS} event streams open`, [], {
      'retry-after': '5',
    });
  streams.open += 1;
  const authorization = c.req.header('authorization');
  const isValid = () => parts.callers.isValid(authorization);
  return c.body(
    eventStream(asLongAs(isValid, made), () => (streams.open -= 1)),
    200,
    { 'content-type': 'text/event-stream' },
  );
}

function callerOf(c: Context<Env>, { callers }: AppParts): Promise<Caller> {
  return callers.find(c.req.header('authorization'), c.env.incoming.socket.remoteAddress ?? '');
}

/** A stream outlives the request that opened it, and not the token. */
async function* asLongAs(
  isValid: () => Promise<boolean>,
  events: AsyncIterable<SentEvent>,
): AsyncGenerator<SentEvent, void, undefined> {
  for await (const event of events) {
    if (!(await isValid())) return;
    yield event;
  }
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

function failed(error: unknown, c: Context<Env>, log: Log): Response {
  const request = c.get('request') ?? '';
  const document = problemDocument(error, request);
  const about = {
    request,
    method: c.req.method,
    path: shownPath(c),
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

/** Somewhere a client may put its token into a path, and the log must not keep it. */
function shownPath(c: Context<Env>): string {
  return c.req.path.slice(0, 200).replaceAll(/lockstep_[\w-]+/g, 'lockstep_***');
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
