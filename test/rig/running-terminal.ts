import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Screen } from './screen.ts';

const DRIVER = join(import.meta.dirname, 'pseudo_terminal.py');

interface Start {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
}

/** A program at a real terminal that goes on while the test looks: what it shows is waited for, never the clock. */
export class RunningTerminal implements AsyncDisposable {
  readonly screen: Screen;
  /** Settles with the exit code. */
  readonly ended: Promise<number | null>;
  /** All that was sent, as it was. */
  bytes = '';
  readonly #child: ChildProcess;
  #wake: (() => void) | undefined;

  constructor({ argv, cwd, env, columns, rows }: Start) {
    this.screen = new Screen(columns, rows);
    this.#child = spawn('python3', [DRIVER, 'live', ...argv], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.bytes += text;
      this.screen.write(text);
      this.#wake?.();
    });
    this.ended = new Promise((resolve) => this.#child.on('close', (code) => resolve(code)));
    this.#tell({ size: [rows, columns] });
  }

  /** Resolves with what the screen shows, once that is so; rejects when the program ends before. */
  async until(isSo: (shown: string) => boolean): Promise<string> {
    while (!isSo(this.screen.text)) {
      const more = new Promise<true>((resolve) => (this.#wake = () => resolve(true)));
      const goesOn = await Promise.race([more, this.ended.then(() => false)]);
      if (!goesOn && !isSo(this.screen.text)) throw new Error(`it ended, and shows:\n${this.screen.text}`);
    }
    return this.screen.text;
  }

  type(keys: string): void {
    this.#tell({ keys });
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.#tell({ size: [rows, columns] });
  }

  /** As a window that is closed. */
  hangUp(): void {
    this.#tell({ hangUp: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #tell(act: object): void {
    this.#child.stdin?.write(`${JSON.stringify(act)}\n`);
  }
}
