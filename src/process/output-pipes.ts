import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { startProcess } from './start.ts';

/** Made at a time: to start `mkfifo` costs far more than one pipe does. */
const BATCH = 32;

/** Where one process writes: one pipe for both streams, or one for each. */
export class OutputPipes {
  readonly stdout: Pipe;
  readonly stderr: Pipe;

  constructor(stdout: Pipe, stderr = stdout) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** What to read: standard error has no reader of its own where it comes with standard output. */
  get readers(): { readonly stdout: Readable; readonly stderr: Readable | null } {
    const { stdout, stderr } = this;
    return { stdout: stdout.reader, stderr: stderr === stdout ? null : stderr.reader };
  }

  get writeEnds(): { readonly stdout: number; readonly stderr: number } {
    return { stdout: this.stdout.writeEnd, stderr: this.stderr.writeEnd };
  }

  /** The writer has its own by now, and an end that stays open here would keep the reader from ending. */
  closeWriteEnds(): void {
    for (const { writeEnd } of new Set([this.stdout, this.stderr])) closeSync(writeEnd);
  }

  /** Nobody will write. */
  dispose(): void {
    for (const { reader } of [this.stdout, this.stderr]) reader.destroy();
  }
}

interface Pipe {
  readonly reader: Readable;
  readonly writeEnd: number;
}

/**
 * Makes pipes of the system for the output of steps. Node gives a child sockets: a program cannot open those by name
 * (`echo >/dev/stderr`), and no two outputs can share one, which alone keeps their lines in order.
 */
export class PipeMaker {
  readonly #folder: string;
  /** Null: there is none, or it failed once. */
  #mkfifo: string | null;
  readonly #ready: string[] = [];
  #making: Promise<boolean> | undefined;
  #made = 0;

  /**
   * @param folder private; its owner removes it
   * @param mkfifo the program's absolute path; without one (null) no pipe is made
   */
  constructor(folder: string, mkfifo: string | null) {
    this.#folder = folder;
    this.#mkfifo = mkfifo;
  }

  /** Null where the machine makes none. */
  async take(streams: 'together' | 'apart'): Promise<OutputPipes | null> {
    const stdout = await this.#pipe();
    if (stdout === null) return null;
    const shared = new OutputPipes(stdout);
    if (streams === 'together') return shared;
    const stderr = await this.#pipe();
    if (stderr !== null) return new OutputPipes(stdout, stderr);
    shared.closeWriteEnds();
    shared.dispose();
    return null;
  }

  async #pipe(): Promise<Pipe | null> {
    for (;;) {
      const path = this.#ready.pop();
      if (path !== undefined) return openPipe(path);
      this.#making ??= this.#make().finally(() => (this.#making = undefined));
      if (!(await this.#making)) return null;
    }
  }

  async #make(): Promise<boolean> {
    const made = this.#mkfifo === null ? [] : await this.#fifos(this.#mkfifo);
    if (made.length === 0) this.#mkfifo = null;
    this.#ready.push(...made);
    return made.length > 0;
  }

  async #fifos(mkfifo: string): Promise<string[]> {
    const paths = Array.from({ length: BATCH }, () => join(this.#folder, String(this.#made++)));
    const started = await startProcess(
      { file: mkfifo, args: ['-m', '600', ...paths], cwd: '/', env: {} },
      { stdin: 'ignore', output: 'ignore', ownGroup: false },
    );
    if (typeof started === 'string') return [];
    const exit = await started.exited;
    return exit.kind === 'exit' && exit.code === 0 ? paths : [];
  }
}

/** Its name goes at once: what a step leaves running writes into no other's. */
function openPipe(path: string): Pipe | null {
  let readEnd: number | undefined;
  try {
    readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  } catch {
    if (readEnd !== undefined) closeSync(readEnd);
    return null;
  }
}
