import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import type { LiveProject } from '../project/serving/live-project.ts';
import { newToken, SCOPES, type Tokens } from '../project/serving/tokens.ts';
import { monotonicMs } from '../util/timing.ts';
import { Callers } from './access/caller.ts';
import { Doorkeeper } from './access/doorkeeper.ts';
import { createApp } from './app.ts';
import { Assets } from './assets.ts';
import { ActiveRuns } from './events/active-runs.ts';
import { ServerEvents } from './events/server-events.ts';
import type { Log } from './log.ts';

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

/** Resolves when the server listens. @throws LockstepError `server/address` */
export async function serve(options: ServeOptions): Promise<Server> {
  const { live, tokens, host, tls, allowView, log } = options;
  const draining = new AbortController();
  const events = new ServerEvents();
  const runs = new ActiveRuns(events);
  const token = newToken();
  const scopes = SCOPES.filter((scope) => scope !== 'view' || allowView);
  const scheme = tls === undefined ? 'http' : 'https';
  const server = tls === undefined ? createServer(LIMITS) : createTlsServer({ ...LIMITS, ...tls });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, host, options.port);
  const name = host.includes(':') ? `[${host}]` : host;
  const local = ['127.0.0.1', 'localhost', '[::1]'].map((one) => `${one}:${port}`);
  const app = createApp({
    served: { live, events, runs, allowView },
    callers: new Callers({ token, rights: { name: 'serve', scopes } }, tokens, monotonicMs),
    door: new Doorkeeper([...local, `${name}:${port}`, ...options.names], scheme),
    assets: new Assets(options.console),
    log,
    draining: draining.signal,
  });
  live.onChange(({ snapshot, current }) => events.emit({ type: 'state', data: { snapshot: snapshot.id, current } }));
  server.on('request', getRequestListener(app.fetch));
  return {
    url: `${scheme}://${name}:${port}/`,
    token,
    async drain() {
      draining.abort();
      await runs.drain();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
    kill: () => {
      runs.killAll();
      server.closeAllConnections();
    },
  };
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
