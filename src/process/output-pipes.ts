import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { systemCode } from '../errors.ts';
import { findExecutable } from './find-executable.ts';
import { startProcess } from './start.ts';

/** The number of pipes made at a time: starting `mkfifo` costs far more than one pipe does. */
const BATCH = 32;

/** The pipes that one process writes to: one for both streams, or one for each. */
export class OutputPipes {
  readonly stdout: Pipe;
  readonly stderr: Pipe;

  constructor(stdout: Pipe, stderr = stdout) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** The ends to read; null for standard error that shares the pipe of standard output. */
  get readers(): { readonly stdout: Readable; readonly stderr: Readable | null } {
    const { stdout, stderr } = this;
    return { stdout: stdout.reader, stderr: stderr === stdout ? null : stderr.reader };
  }

  get writeEnds(): { readonly stdout: number; readonly stderr: number } {
    return { stdout: this.stdout.writeEnd, stderr: this.stderr.writeEnd };
  }

  /** Call once the writer has its own ends: an end that stays open here would keep the reader from ending. */
  closeWriteEnds(): void {
    for (const { writeEnd } of new Set([this.stdout, this.stderr])) closeSync(writeEnd);
  }

  /** Call when no process will write. */
  dispose(): void {
    for (const { reader } of [this.stdout, this.stderr]) reader.destroy();
  }
}

interface Pipe {
  readonly reader: Readable;
  readonly writeEnd: number;
}

/**
 * Makes system pipes for the output of steps. Node gives a child sockets: a program cannot open those by name (`echo
 * >/dev/stderr`), and two streams cannot share one, which is the only way to keep the order of their lines.
 */
export class PipeMaker {
  readonly #newFolder: () => string;
  readonly #mkfifo: string | null;
  readonly #ready: string[] = [];
  #making: Promise<boolean> | undefined;

  /**
   * @param newFolder makes an empty private folder, which its owner removes; called when all pipes of the last one are taken
   * @param mkfifo the program's absolute path; null: no pipes are made
   */
  constructor(newFolder: () => string, mkfifo: string | null) {
    this.#newFolder = newFolder;
    this.#mkfifo = mkfifo;
  }

  /** Null where the machine cannot make pipes. */
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
      if (path === undefined) {
        this.#making ??= this.#make().finally(() => (this.#making = undefined));
        if (!(await this.#making)) return null;
        continue;
      }
      const pipe = openPipe(path);
      if (pipe !== 'gone') return pipe;
      // Systems clean up old temporary files.
      this.#ready.length = 0;
    }
  }

  async #make(): Promise<boolean> {
    const made = this.#mkfifo === null ? [] : await this.#fifos(this.#mkfifo);
    this.#ready.push(...made);
    return made.length > 0;
  }

  async #fifos(mkfifo: string): Promise<string[]> {
    const folder = this.#folder();
    if (folder === null) return [];
    const paths = Array.from({ length: BATCH }, (_, at) => join(folder, String(at)));
    const started = await startProcess(
      { file: mkfifo, args: ['-m', '600', ...paths], cwd: '/', env: {} },
      { stdin: 'ignore', output: 'ignore', ownGroup: false },
    );
    if (typeof started === 'string') return [];
    const exit = await started.exited;
    return exit.kind === 'exit' && exit.code === 0 ? paths : [];
  }

  /** Returns null when no folder can be made. */
  #folder(): string | null {
    try {
      return this.#newFolder();
    } catch {
      return null;
    }
  }
}

/** Finds the absolute path of `mkfifo`. Returns null on a machine that lacks it. */
export function findMkfifo({ PATH = '' }: Readonly<Record<string, string>>): string | null {
  return findExecutable('mkfifo', PATH, '/');
}

/** Removes the name at once, so that a process which one step leaves running cannot write into another step's pipe. */
function openPipe(path: string): Pipe | 'gone' | null {
  let readEnd: number | undefined;
  try {
    readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  } catch (error) {
    if (readEnd !== undefined) closeSync(readEnd);
    return systemCode(error) === 'ENOENT' ? 'gone' : null;
  }
}
