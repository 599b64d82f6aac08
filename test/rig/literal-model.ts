import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
  readonly role: string;
  readonly content?: string;
}

/**
 * An endpoint like that of a language model, whose model does literally what it reads: a line `DO {"name", "arguments"}` of the
 * newest message becomes a call of that tool, once. It remembers every byte that it was sent.
 */
export class LiteralModel implements AsyncDisposable {
  readonly received: string[] = [];
  readonly #obeyed = new Set<string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.received.push(body);
        const { messages } = JSON.parse(body) as { readonly messages: readonly Message[] };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ choices: [{ message: this.#reply(messages) }] }));
      });
    });
  }

  static async start(): Promise<LiteralModel> {
    const model = new LiteralModel();
    await new Promise<void>((resolve) => model.#server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/chat/completions`;
  }

  /** Each order once. */
  #reply(messages: readonly Message[]): object {
    const read = [...(messages.at(-1)?.content ?? '').matchAll(/^DO (\{.*\})$/gm)].map(([, order = '']) => order);
    const orders = [...new Set(read)].filter((order) => !this.#obeyed.has(order));
    if (orders.length === 0) return { role: 'assistant', content: 'done' };
    const calls = orders.map((order, at) => {
      this.#obeyed.add(order);
      const { name, arguments: args = {} } = JSON.parse(order);
      const id = `call-${messages.length}-${at}`;
      return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
    });
    return { role: 'assistant', content: '', tool_calls: calls };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
