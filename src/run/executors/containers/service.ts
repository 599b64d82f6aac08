import { setTimeout as pause } from 'node:timers/promises';
import type { Redactor } from '../../../masking/redactor.ts';
import { type ChildEnd, type OutputStream, runChild } from '../../../process/child.ts';
import { askRuntime, type ContainerRuntime, callRuntime, containerName, removeContainer } from './container-runtime.ts';

/** The settings of one service, with all values in plain text. */
export interface WantedService {
  readonly name: string;
  readonly image: string;
  readonly ports: readonly number[];
  readonly env: Readonly<Record<string, string>>;
}

/** How much of a service's last output is kept, masked, for the report of a failure. */
const KEPT = 4_096;
const LINES = 10;
const LOOK_AGAIN_MS = 50;
/** Statuses, as podman and docker call them, of a container whose process has not been started. */
const NOT_YET = ['created', 'configured', 'initialized'];

/**
 * One container that runs alongside the steps. Its output is read as long as it runs, and the engine keeps no log. It
 * is created first and started afterwards, so that no output is lost.
 */
export class Service {
  readonly name: string;
  readonly ports: readonly number[];
  /** Resolves when its process has ended. */
  readonly ended: Promise<void>;
  readonly #runtime: ContainerRuntime;
  readonly #container: string;
  readonly #over = new AbortController();
  readonly #said: Record<OutputStream, Tail>;
  #end: ChildEnd | undefined;

  /** @param options the engine's options, up to the image */
  static async start(
    runtime: ContainerRuntime,
    { name, image, ports, env }: WantedService,
    options: readonly string[],
    redactor: Redactor,
  ): Promise<Service | { readonly fault: string }> {
    const container = containerName();
    const variables = Object.entries(env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
    const complaint = new Tail(redactor);
    const made = await callRuntime(runtime, ['create', '--name', container, ...options, ...variables, image], {
      onError: (chunk) => complaint.push(chunk),
    });
    if (made.code === 0) return new Service(runtime, container, { name, ports }, redactor);
    await removeContainer(runtime, container);
    return {
      fault: `its service "${name}" cannot be made: ${complaint.lines().at(-1) ?? 'the engine does not say why'}`,
    };
  }

  private constructor(
    runtime: ContainerRuntime,
    container: string,
    { name, ports }: Pick<WantedService, 'name' | 'ports'>,
    redactor: Redactor,
  ) {
    this.#runtime = runtime;
    this.#container = container;
    this.name = name;
    this.ports = ports;
    this.#said = { stdout: new Tail(redactor), stderr: new Tail(redactor) };
    this.ended = this.#run();
  }

  async #run(): Promise<void> {
    this.#end = await runChild({
      file: this.#runtime.file,
      args: ['start', '--attach', this.#container],
      cwd: '/',
      env: this.#runtime.env,
      graceMs: 0,
      killSignal: this.#over.signal,
      onOutput: (stream, chunk) => this.#said[stream].push(chunk),
    });
  }

  /** Resolves when its process is running, or has ended. */
  async settled(): Promise<void> {
    while (this.#end === undefined) {
      const status = await askRuntime(this.#runtime, 'inspect', '--format', '{{.State.Status}}', this.#container);
      if (status === 'exited' || status === 'stopped') return this.ended;
      if (status === null || !NOT_YET.includes(status)) return;
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** Why steps can no longer rely on the service; a service without ports may finish its work and end. */
  get trouble(): string | undefined {
    if (this.#end === undefined) return undefined;
    const code = this.#end.kind === 'exit' ? this.#end.code : null;
    if (code === 0 && this.ports.length === 0) return undefined;
    return `its service "${this.name}" does not run${code === null ? '' : `: exit code ${code}`}`;
  }

  /** The last lines of its output, masked, each with its name. */
  lastLines(): string[] {
    const lines = [...this.#said.stdout.lines(), ...this.#said.stderr.lines()];
    return lines.map((line) => `${this.name} | ${line}`);
  }

  async remove(): Promise<void> {
    await removeContainer(this.#runtime, this.#container);
    this.#over.abort();
    await this.ended;
  }
}

/** The end of an output, masked before anything is cut off. */
class Tail {
  readonly #stream: ReturnType<Redactor['stream']>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(redactor: Redactor) {
    this.#stream = redactor.stream();
  }

  push(chunk: Uint8Array): void {
    this.#text = (this.#text + this.#decoder.decode(this.#stream.push(chunk), { stream: true })).slice(-KEPT);
  }

  lines(): string[] {
    return this.#text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .slice(-LINES);
  }
}
