import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** A host waits as long before it ends a server by force. */
const PATIENCE_MS = 2_000;
/** Far longer than any answer takes: a server that hangs ends the measurement. */
export const LONGEST_MS = 60_000;

/** A server of the protocol over stdio, and a client that sends lines: no library's time is in the figures. */
export class WireServer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (message: Answer) => void>();
  readonly #ended: Promise<never>;
  #said = '';
  #rest = '';
  #ids = 0;

  constructor([program, ...args]: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, args, { cwd, env, stdio: 'pipe', detached: true });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-2_000)));
    this.#ended = new Promise((_, reject) =>
      this.#child.once('close', (code, signal) =>
        reject(new Error(`${program} has ended (${code ?? signal}): ${this.#said}`)),
      ),
    );
    this.#ended.catch(() => undefined);
  }

  /** The handshake. */
  async begin(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    await this.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    this.#send({ method: 'notifications/initialized' });
  }

  async ask(method: string, params: object = {}): Promise<Answer> {
    this.#ids += 1;
    const id = this.#ids;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, method, params });
    const isLate = new AbortController();
    const late = pause(LONGEST_MS, undefined, { signal: isLate.signal }).then(() => {
      throw new Error(`no answer to ${method}: ${this.#said}`);
    });
    return Promise.race([answer, this.#ended, late]).finally(() => isLate.abort());
  }

  /** All tools, page by page. */
  async tools(): Promise<readonly { readonly name: string; readonly description?: string }[]> {
    const all = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { result }: Answer = await this.ask('tools/list', cursor === '' ? {} : { cursor });
      all.push(...(result?.tools ?? []));
      cursor = result?.nextCursor;
    }
    return all;
  }

  async call(name: string): Promise<void> {
    const { result, error } = await this.ask('tools/call', { name, arguments: {} });
    if (error !== undefined || result?.isError === true) throw new Error(`${name}: ${JSON.stringify(error ?? result)}`);
  }

  /** As hosts end a server: by the end of its input, and by force where it stays. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    // The peer's npm command is a program that starts another one.
    const force = setTimeout(() => process.kill(-(this.#child.pid ?? 0), 'SIGKILL'), PATIENCE_MS);
    await this.#ended.catch(() => undefined);
    clearTimeout(force);
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as Answer;
      if (message.id === undefined) continue;
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    }
  }
}

interface Answer {
  readonly id?: number;
  readonly error?: object;
  readonly result?: {
    readonly tools?: readonly { readonly name: string; readonly description?: string }[];
    readonly nextCursor?: string;
    readonly isError?: boolean;
  };
}
