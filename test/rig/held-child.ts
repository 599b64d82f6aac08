import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a held child can be told. Each act is acknowledged when it is done, but for `exit`. */
export type Act =
  | { do: 'write'; stream: 'stdout' | 'stderr'; text: string; times?: number }
  | { do: 'ignore'; signal: 'SIGTERM' }
  /** Starts another held child on the same output; `escape` gives it a session of its own. */
  | { do: 'fork'; escape: boolean }
  | { do: 'exit'; code: number };

/** A process that does what the test tells it, and nothing by itself: so a test need not wait for luck. */
export class HeldChild {
  readonly pid: number;
  /** Settles when the process is gone, however it went. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #acknowledged: (() => void)[];

  constructor(pid: number, socket: Socket, acknowledged: (() => void)[]) {
    this.pid = pid;
    this.#socket = socket;
    this.#acknowledged = acknowledged;
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Resolves when it is done; for `exit`, when the process is gone. */
  tell(act: Act): Promise<void> {
    const done = new Promise<void>((resolve) => this.#acknowledged.push(resolve));
    this.#socket.write(`${JSON.stringify(act)}\n`);
    return act.do === 'exit' ? this.gone : done;
  }
}

/** The test's end: waits for held children to report. */
export class Holder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'held-'));
  readonly #server: Server;
  readonly #arrived: HeldChild[] = [];
  readonly #awaited: ((child: HeldChild) => void)[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async open(): Promise<Holder> {
    const holder = new Holder();
    await new Promise<void>((resolve) => holder.#server.listen(holder.#path, resolve));
    return holder;
  }

  get #path(): string {
    return join(this.#folder, 'socket');
  }

  /** Arguments with which `process.execPath` becomes a held child. */
  get args(): string[] {
    return [import.meta.filename, this.#path];
  }

  next(): Promise<HeldChild> {
    const child = this.#arrived.shift();
    return child === undefined ? new Promise((resolve) => this.#awaited.push(resolve)) : Promise.resolve(child);
  }

  /** A held child whose connection is cut exits. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #accept(socket: Socket): void {
    const acknowledged: (() => void)[] = [];
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', (line) => {
      if (line === 'done') acknowledged.shift()?.();
      else this.#arrive(new HeldChild(Number(line), socket, acknowledged));
    });
  }

  #arrive(child: HeldChild): void {
    const awaited = this.#awaited.shift();
    if (awaited === undefined) this.#arrived.push(child);
    else awaited(child);
  }
}

function beHeld(path: string): void {
  const socket = connect(path, () => socket.write(`${process.pid}\n`));
  const leave = () => process.exit(99);
  socket.on('error', leave).on('close', leave);
  const done = () => socket.write('done\n');
  createInterface({ input: socket }).on('line', (line) => obey(JSON.parse(line) as Act, path, done));
}

function obey(act: Act, path: string, done: () => void): void {
  switch (act.do) {
    case 'write':
      process[act.stream].write(act.text.repeat(act.times ?? 1), done);
      break;
    case 'ignore':
      process.on(act.signal, () => undefined);
      done();
      break;
    case 'fork':
      spawn(process.execPath, [import.meta.filename, path], { stdio: 'inherit', detached: act.escape }).once(
        'spawn',
        done,
      );
      break;
    case 'exit':
      process.exit(act.code);
  }
}

if (process.argv[1] === import.meta.filename && process.argv[2] !== undefined) beHeld(process.argv[2]);
