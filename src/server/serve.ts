import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { runDetails } from '../engine/run-details.ts';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import type { GitFollower } from '../project/serving/git-follower.ts';
import type { LiveProject } from '../project/serving/live-project.ts';
import { newToken, SCOPES, START_NAME, type Tokens } from '../project/serving/tokens.ts';
import { monotonicMs } from '../util/timing.ts';
import { Callers } from './access/caller.ts';
import { Doorkeeper } from './access/doorkeeper.ts';
import type { Oidc } from './access/oidc.ts';
import { createApp } from './app.ts';
import { Assets } from './assets.ts';
import { ActiveRuns } from './events/active-runs.ts';
import { ServerEvents } from './events/server-events.ts';
import type { Log } from './log.ts';
import type { McpHandler } from './mcp.ts';
import { Metrics } from './metrics.ts';
import { releaseMemory } from './release-memory.ts';
import type { Tracing } from './tracing.ts';
import { ServerTriggers, type TriggerOptions } from './triggers.ts';

export interface ServeOptions {
  readonly live: LiveProject;
  readonly tokens: Tokens;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** More names by which clients reach the server, with ports where they are not the scheme's own. */
  readonly names: readonly string[];
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly allowView: boolean;
  /** The folder of the page. */
  readonly console: string;
  readonly log: Log;
  /** Takes the tokens of an issuer too. */
  readonly oidc?: Oidc;
  readonly follower?: GitFollower;
  readonly tracing?: Tracing;
  /** Answers /mcp. */
  readonly mcp?: McpHandler;
  /** Lets tools start by themselves. */
  readonly triggers?: TriggerOptions;
}

export interface Server {
  readonly url: string;
  /** Has every scope; `view` only where the server shows values. */
  readonly token: string;
  /** Takes no more requests, cancels the runs, and resolves when they have ended. */
  drain(): Promise<void>;
  /** Ends what still runs at once. */
  kill(): void;
}

/** Slow clients must not hold connections: milliseconds for the headers, and for the whole request. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: 5_000,
};
const MOST_CONNECTIONS = 1_000;
/** Lines of a journal that become spans. */
const MOST_TRACED = 10_000;

/** Resolves when the server listens. @throws LockstepError `server/address` */
export async function serve(options: ServeOptions): Promise<Server> {
  const { host, tls } = options;
  const scheme = tls === undefined ? 'http' : 'https';
  const server = tls === undefined ? createServer(LIMITS) : createTlsServer({ ...LIMITS, ...tls });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, host, options.port);
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const local = ['127.0.0.1', 'localhost', '[::1]'].map((one) => `${one}:${port}`);
  const door = new Doorkeeper([...local, address, ...options.names], scheme);
  const draining = new AbortController();
  const { app, runs, token } = assemble(options, door, draining.signal);
  server.on('request', getRequestListener(app.fetch));
  releaseMemory();
  return {
    url: `${scheme}://${address}/`,
    token,
    async drain() {
      draining.abort();
      await Promise.all([runs.drain(), options.mcp?.drain()]);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
      await options.tracing?.close();
    },
    kill: () => {
      runs.killAll();
      options.mcp?.kill();
      server.closeAllConnections();
    },
  };
}

/** What answers requests, and what it holds. */
function assemble(options: ServeOptions, door: Doorkeeper, draining: AbortSignal) {
  const { live, tokens, allowView, log, oidc, follower, tracing } = options;
  const events = new ServerEvents();
  const runs = new ActiveRuns((run, status) => {
    metrics.runEnded(status);
    if (run !== undefined && tracing !== undefined) void traceRun(live, tracing, run);
  });
  void live.project
    .engine()
    .then((engine) => engine.watch((data) => events.emit({ type: 'run', data }), draining))
    .catch((error: unknown) =>
      log.error({ reason: error instanceof Error ? error.message : '' }, 'runs cannot be watched'),
    );
  const streams = { open: 0 };
  const metrics = new Metrics({
    activeRuns: () => runs.size,
    streams: () => streams.open,
    current: () => live.state.current,
  });
  live.onChange(({ snapshot, current, report }) => {
    metrics.reloaded(current);
    const about = { snapshot: snapshot.id, errors: report.counts.errors };
    if (current) log.info(about, 'reloaded');
    else log.warn(about, 'the newest save has errors; the last good one stays');
    events.emit({ type: 'state', data: { snapshot: snapshot.id, current } });
  });
  const token = newToken();
  const rights = { name: START_NAME, scopes: SCOPES.filter((scope) => scope !== 'view' || allowView) };
  const app = createApp({
    served: { live, events, runs, allowView, ...(follower && { follower }) },
    callers: new Callers({ token, rights }, tokens, monotonicMs, oidc),
    assets: new Assets(options.console),
    triggers: options.triggers && new ServerTriggers({ ...options.triggers, live, runs, log, draining }),
    ...{ mcp: options.mcp, issuer: oidc?.issuer },
    ...{ door, log, metrics, streams, draining, tracing, clock: monotonicMs },
  });
  return { app, runs, token };
}

async function traceRun({ project }: LiveProject, tracing: Tracing, run: string): Promise<void> {
  const engine = await project.engine();
  tracing.runEnded(runDetails(await engine.find(run), project.now()), await engine.log(run, 0, MOST_TRACED));
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = systemCode(error) === 'EADDRINUSE';
      const what = `the server cannot listen on ${host}:${port} (${systemReason(error)})`;
      reject(
        new LockstepError(
          'server/address',
          what,
          [isTaken ? 'name another port: --port N' : 'name another address: --host ADDRESS'],
          error,
        ),
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
