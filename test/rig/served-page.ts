import { execFileSync } from 'node:child_process';
import { Repository } from './repository.ts';
import { RunningProgram } from './running-program.ts';

/** A repository that a real `lockstep serve` serves, for pages of its console. */
export class ServedPage implements AsyncDisposable {
  readonly repository: Repository;
  readonly #args: readonly string[];
  #server: RunningProgram | undefined;
  #address = { url: '', token: '' };

  private constructor(repository: Repository, args: readonly string[]) {
    this.repository = repository;
    this.#args = args;
  }

  /** Starts serving what `make` makes. @param args of `serve` */
  static async start(
    files: Readonly<Record<string, string>>,
    make: (repository: Repository) => Promise<void>,
    args: readonly string[] = [],
  ): Promise<ServedPage> {
    const served = new ServedPage(new Repository(files), args);
    await make(served.repository);
    await served.serve();
    return served;
  }

  get url(): string {
    return this.#address.url;
  }

  get token(): string {
    return this.#address.token;
  }

  /** A page's address with the token, as `serve` prints it. */
  address(path: string): string {
    return `${path}#token=${this.token}`;
  }

  async serve(): Promise<void> {
    this.#server = new RunningProgram(this.repository, ['serve', '--port', '0', '--json', ...this.#args]);
    this.#address = JSON.parse(await this.#server.until('\n'));
  }

  /** The server is gone at once. */
  async kill(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** A request beside the page: another tab, another person. */
  async call<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer as T;
  }

  git(...args: readonly string[]): string {
    const name = { GIT_AUTHOR_NAME: 'ada', GIT_AUTHOR_EMAIL: 'ada@acme.example' };
    const committer = { GIT_COMMITTER_NAME: 'ada', GIT_COMMITTER_EMAIL: 'ada@acme.example' };
    const env = { ...this.repository.env, ...name, ...committer };
    return execFileSync('git', args, { cwd: this.repository.root, env, encoding: 'utf8' });
  }

  commit(message: string): void {
    this.git('add', '-A');
    this.git('commit', '-q', '-m', message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.repository[Symbol.dispose]();
  }
}
