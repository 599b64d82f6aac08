import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Adds a token to each request and changes nothing else: for programs that send none. */
export class TokenProxy implements AsyncDisposable {
  readonly #server: Server;
  #to = { port: 0, token: '' };

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const { port, token } = this.#to;
      const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
      const { method, url: path } = incoming;
      const sent = forward({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      sent.on('error', () => outgoing.destroy());
      outgoing.on('close', () => sent.destroy());
      incoming.pipe(sent);
    });
  }

  /** Listens; `host` is then known, and a server can be started that is reached by it. */
  static async start(): Promise<TokenProxy> {
    const proxy = new TokenProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  to(port: number, token: string): void {
    this.#to = { port, token };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
