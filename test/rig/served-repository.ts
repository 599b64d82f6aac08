import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import type { Repository } from './repository.ts';
import { RunningProgram } from './running-program.ts';

/** One event of a stream. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** A real `lockstep serve` of a repository, and a client of it. */
export class ServedRepository implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly program: RunningProgram;

  private constructor(program: RunningProgram, url: string, token: string) {
    this.program = program;
    this.url = url;
    this.token = token;
  }

  static async start(
    repository: Pick<Repository, 'root' | 'env'>,
    flags: readonly string[] = [],
  ): Promise<ServedRepository> {
    const program = new RunningProgram(repository, ['serve', '--json', ...flags]);
    const { url, token } = JSON.parse(await program.until('\n'));
    return new ServedRepository(program, url, token);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** @param path below /api/v1 */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(new URL(`/api/v1${path}`, this.url), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  /** The JSON of an answer; anything but success is a broken test. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async must(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Starts a run and resolves with its details once it has ended. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async runToEnd(body: object): Promise<any> {
    const { run } = await this.must('POST', '/runs', body);
    for await (const event of this.events(`/runs/${run}/events`)) if (event.type === 'end') break;
    return this.must('GET', `/runs/${run}`);
  }

  /** @param last the id of the event after which the stream continues */
  async *events(path: string, last?: string): AsyncGenerator<ReceivedEvent, void, undefined> {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${this.token}`, ...(last !== undefined && { 'last-event-id': last }) };
    const response = await fetch(new URL(`/api/v1${path}`, this.url), { headers, signal: abort.signal });
    if (response.body === null || !response.ok) throw new Error(`${path}: ${response.status}`);
    let text = '';
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
          if (fields.event !== undefined)
            yield { id: fields.id ?? '', type: fields.event, data: JSON.parse(fields.data ?? '{}') };
        }
      }
    } finally {
      abort.abort();
    }
  }

  /** Sends bytes as they are and returns all that comes back until the server closes. */
  raw(text: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

/** Makes the repository a Git repository with all of its files in one commit. */
export function commitAll(repository: Repository, message = 'all'): void {
  const git = (...args: string[]) => {
    const { status, stderr } = spawnSync('git', args, { cwd: repository.root, env: repository.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  };
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', message);
}
