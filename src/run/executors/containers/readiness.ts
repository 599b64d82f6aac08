import type { StepScratch } from '../../workspace/scratch.ts';
import { HANDED } from './container-options.ts';
import type { JoinedServices } from './services.ts';

/** How long a service may take to listen. */
export const READY_MS = 60_000;

/*
 * A step's container waits for its services before the step begins. It shares their network, so the system's table of
 * sockets shows when they listen, and a shell is enough to read it. The container shares two files with the runner,
 * which knows the time and the state of the services:
 *   waiting   what it waits for, `0050/80/web`; empty once the step begins
 *   unready   exists when the container must stop waiting; `unready-text` holds the message
 */
const WAITING = 'waiting';
const UNREADY = 'unready';
const UNREADY_TEXT = 'unready-text';

/** TCP sockets in state 0A listen. A first process has to handle TERM itself. */
const WAIT = `trap 'exit 143' TERM INT HUP
listens() {
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r slot address peer state rest; do
      case "$address $state" in *:"$1 0A") return 0 ;; esac
    done < "$table"
  done
  return 1
}
for wanted in {ports}; do
  echo "$wanted" > ${HANDED}/${WAITING}
  until listens "\${wanted%%/*}"; do
    if [ -e ${HANDED}/${UNREADY} ]; then
      while read -r line; do printf '%s\\n' "$line"; done < ${HANDED}/${UNREADY_TEXT} >&2
      exit 125
    fi
    sleep 0.1 2> /dev/null || sleep 1 2> /dev/null
  done
done
: > ${HANDED}/${WAITING}
trap - TERM INT HUP
`;

/** The script that a step's container runs first. */
export function waitScript({ services }: JoinedServices): string {
  return WAIT.replace('{ports}', () => portsOf(services).join(' '));
}

function portsOf(services: JoinedServices['services']): string[] {
  return services.flatMap(({ name, ports }) =>
    ports.map((port) => `${port.toString(16).toUpperCase().padStart(4, '0')}/${port}/${name}`),
  );
}

/** The runner's side of the wait, for one step. */
export class Readiness {
  readonly #joined: JoinedServices;
  readonly #scratch: StepScratch;
  readonly #timer: NodeJS.Timeout | undefined;
  #fault: string | undefined;
  #over = false;

  constructor(joined: JoinedServices, scratch: StepScratch, limitMs: number) {
    this.#joined = joined;
    this.#scratch = scratch;
    const [first] = portsOf(joined.services);
    if (first === undefined) return;
    scratch.write(WAITING, Buffer.from(`${first}\n`), 0o600);
    this.#timer = setTimeout(() => this.#give(`${this.#missing()} after ${limitMs / 1000} s`), limitMs);
    this.#timer.unref();
    for (const service of joined.services)
      void service.ended.then(() => service.trouble && this.#give(service.trouble));
  }

  /** Called when the container has ended. Returns why the step in it never began, if so. */
  end(): string | undefined {
    this.#over = true;
    clearTimeout(this.#timer);
    return this.#fault !== undefined && this.#waitsFor() !== undefined ? this.#fault : undefined;
  }

  #give(fault: string): void {
    if (this.#over || this.#fault !== undefined || this.#waitsFor() === undefined) return;
    this.#fault = fault;
    const text = [fault, ...this.#joined.lastLines()].map((line) => `${line}\n`).join('');
    this.#scratch.write(UNREADY_TEXT, Buffer.from(text), 0o444);
    this.#scratch.write(UNREADY, new Uint8Array(), 0o444);
  }

  #missing(): string {
    const waitsFor = this.#waitsFor() ?? '';
    const [, port, name] = waitsFor.split('/');
    const known = portsOf(this.#joined.services).includes(waitsFor);
    return known ? `its service "${name}" does not listen on port ${port}` : 'its services are not ready';
  }

  /** Reads a file that the step can also write, which would harm only the step itself. */
  #waitsFor(): string | undefined {
    const text = Buffer.from(this.#scratch.read(WAITING) ?? []).toString();
    return text === '' ? undefined : text.trim();
  }
}
