import type { StepScratch } from '../../workspace/scratch.ts';
import { HANDED } from './container-options.ts';
import type { JoinedServices } from './services.ts';

/** How long a service may take until it listens. */
export const READY_MS = 60_000;

/*
 * A step's container waits for its services before anything of the step is done: it stands on their network, so that the
 * system's own table of sockets tells when they listen, and it needs nothing for that but its shell. Two files pass between
 * it and the runner, which knows the clock and how the services fare:
 *   waiting   what it waits for, `0050/80/web`; empty once the step begins
 *   unready   there when it is to wait no longer; `unready-text` is what to say
 */
const WAITING = 'waiting';
const UNREADY = 'unready';
const UNREADY_TEXT = 'unready-text';

/** TCP sockets of state 0A listen. A first process has to listen for TERM itself. */
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

/** What a step's container runs before all else. */
export function waitScript({ services }: JoinedServices): string {
  return WAIT.replace('{ports}', () => portsOf(services).join(' '));
}

function portsOf(services: JoinedServices['services']): string[] {
  return services.flatMap(({ name, ports }) =>
    ports.map((port) => `${port.toString(16).toUpperCase().padStart(4, '0')}/${port}/${name}`),
  );
}

/** The runner's side of it, for one step. */
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

  /** When the container has ended: why the step in it never began, if it did not. */
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

  /** The step may write there too; it would only mislead itself. */
  #waitsFor(): string | undefined {
    const text = Buffer.from(this.#scratch.read(WAITING) ?? []).toString();
    return text === '' ? undefined : text.trim();
  }
}
