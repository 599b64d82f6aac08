import { createServer, type IncomingMessage, type Server } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An HTTP server on this machine that stands for a service; what was asked is kept. */
export class LocalServer implements AsyncDisposable {
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly token: string | undefined;
    readonly body: string;
  }[] = [];
  readonly #server: Server;

  private constructor(answer: (path: string, token: string | undefined) => Answer) {
    this.#server = createServer(async (request, response) => {
      const token = request.headers.authorization?.replace(/^Bearer /, '');
      const path = request.url ?? '';
      this.requests.push({ method: request.method ?? '', path, token, body: await bodyOf(request) });
      const { status, body } = answer(path, token);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  static async start(answer: (path: string, token: string | undefined) => Answer): Promise<LocalServer> {
    const server = new LocalServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
