import { type ChildProcess, spawn } from 'node:child_process';
import { LOCKSTEP, type Repository } from './repository.ts';

/** A `lockstep` that stays: its output is waited for by what it says, never by the clock. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';
  #read = 0;
  #wake: (() => void) | undefined;

  constructor(repository: Pick<Repository, 'root' | 'env'>, args: readonly string[]) {
    this.#child = spawn(process.execPath, [LOCKSTEP, ...args], { cwd: repository.root, env: repository.env });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#wake?.();
      });
    }
    this.#ended = new Promise((resolve) => this.#child.on('close', (code) => resolve(code)));
  }

  /** What has come since the last call, up to and with `text`; rejects when the program ends without saying it. */
  async until(text: string): Promise<string> {
    while (!this.#output.includes(text, this.#read)) {
      const more = new Promise<true>((resolve) => (this.#wake = () => resolve(true)));
      const ended = await Promise.race([more, this.#ended.then(() => false)]);
      if (!ended && !this.#output.includes(text, this.#read))
        throw new Error(`it ended without saying ${JSON.stringify(text)}:\n${this.#output}`);
    }
    const end = this.#output.indexOf(text, this.#read) + text.length;
    const said = this.#output.slice(this.#read, end);
    this.#read = end;
    return said;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** All that it has said so far. */
  get said(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
