import { Refusal } from './refusal.ts';

/** Headers that decide who asks and what for: twice, two readers could understand different things. */
const SINGLE = new Set(['host', 'authorization', 'origin', 'content-type', 'content-length', 'sec-fetch-site']);

/** What a request says of where it comes from. */
export interface Arrival {
  readonly method: string;
  /** As it was sent, undecoded. */
  readonly target: string;
  readonly rawHeaders: readonly string[];
}

/**
 * Lets in what a browser sends from our own page, and programs on this machine: a page elsewhere cannot reach the API through a
 * name that it points at this machine (DNS rebinding), nor by a form or a link.
 */
export class Doorkeeper {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  /** @param hosts the values of `Host` by which the server is reached, with ports */
  constructor(hosts: readonly string[], scheme: 'http' | 'https') {
    this.#hosts = new Set(hosts);
    this.#origins = new Set(hosts.map((host) => `${scheme}://${host}`));
  }

  /** @throws Refusal 400, 403 or 421 */
  requireWelcome({ method, target, rawHeaders }: Arrival): void {
    const headers = singleHeaders(rawHeaders);
    if (!this.#hosts.has(headers.get('host')?.toLowerCase() ?? ''))
      throw new Refusal(421, 'access/host', 'the server is not reached by this host name', [
        `it is reached as ${[...this.#hosts].join(', ')}`,
      ]);
    const origin = headers.get('origin');
    if (origin !== undefined && !this.#origins.has(origin))
      throw new Refusal(403, 'access/origin', 'the request comes from a page of another origin');
    const site = headers.get('sec-fetch-site');
    const isLink = method === 'GET' && !target.startsWith('/api/');
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink)
      throw new Refusal(403, 'access/site', 'the request comes from a page of another site');
    if (/%2f|%5c|%00|\\/i.test(target.split('?', 1)[0] ?? ''))
      throw new Refusal(400, 'request/path', 'the path holds an encoded separator');
  }
}

function singleHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (found.has(name)) throw new Refusal(400, 'request/header', `the request has two ${name} headers`);
    found.set(name, raw[at + 1] ?? '');
  }
  return found;
}
