import type { Redactor } from '../../../masking/redactor.ts';
import type { Scratch, StepScratch } from '../../workspace/scratch.ts';
import { bind, commonOptions } from './container-options.ts';
import { type ContainerRuntime, callRuntime, containerName, removeContainer } from './container-runtime.ts';
import { Service, type WantedService } from './service.ts';
import { type PrepareOptions, supplyImage } from './supply-image.ts';

export interface ServiceSetOptions {
  readonly runtime: ContainerRuntime;
  readonly network: 'none' | 'open';
  /** The step's image: it is on this machine and has a shell. */
  readonly image: string;
  readonly pull: 'missing' | 'always' | 'never';
  /** The redactor of the run. */
  readonly scratch: Scratch;
  readonly redactor: Redactor;
}

/** The host name of the network's own container, which programs such as java look up. */
const HOST_NAME = 'lockstep';

/** Reads from a pipe that has no writer, because not every image has a `sleep` that sleeps forever. */
const HOLD = 'read nothing';

/**
 * The services of one call of a tool, and the network that they share with its steps. The network belongs to a
 * container that does nothing else, so it remains when a service ends. A mounted hosts file maps every name to
 * 127.0.0.1: this works in both engines, without their name servers, and on a closed network.
 */
export class ServiceSet {
  readonly services: Service[] = [];
  readonly network: 'none' | 'open';
  readonly #options: ServiceSetOptions;
  readonly #scratch: StepScratch;
  readonly #container = containerName(true);
  readonly #hosts: string;

  static async start(
    options: ServiceSetOptions,
    wanted: readonly WantedService[],
    prepareOptions: PrepareOptions,
  ): Promise<ServiceSet | { readonly fault: string }> {
    for (const { name, image } of wanted) {
      const fault = await supplyImage(options.runtime, image, options.pull, prepareOptions);
      if (fault !== null) return { fault: `its service "${name}" cannot start: ${fault}` };
    }
    const set = new ServiceSet(options, wanted);
    const fault = await set.#start(wanted, prepareOptions);
    if (fault === undefined && !prepareOptions.signal.aborted) return set;
    await set.dispose();
    return { fault: fault ?? 'the run stopped waiting for its services' };
  }

  private constructor(options: ServiceSetOptions, wanted: readonly WantedService[]) {
    this.#options = options;
    this.network = options.network;
    this.#scratch = options.scratch.step('services');
    // Kubiya's tools know a service by the second name.
    const names = wanted.map(({ name }) => `127.0.0.1 ${name} ${name}-svc\n`).join('');
    this.#hosts = this.#scratch.write(
      'hosts',
      Buffer.from(`127.0.0.1 localhost ${HOST_NAME}\n::1 localhost\n${names}`),
      0o444,
    );
  }

  /** The options that put a container on this network. */
  get options(): string[] {
    // docker gives it the host name of the network's container, and refuses this option.
    const named = this.#options.runtime.kind === 'podman' ? ['--hostname', HOST_NAME] : [];
    return ['--network', `container:${this.#container}`, ...named, ...this.#hostsFile()];
  }

  /** Why steps can no longer rely on the services. */
  get trouble(): string | undefined {
    return this.services.map(({ trouble }) => trouble).find((trouble) => trouble !== undefined);
  }

  lastLines(): string[] {
    return this.services.flatMap((service) => service.lastLines());
  }

  async dispose(): Promise<void> {
    await Promise.all(this.services.map((service) => service.remove()));
    await removeContainer(this.#options.runtime, this.#container);
    this.#scratch.dispose();
  }

  async #start(wanted: readonly WantedService[], { signal, tell }: PrepareOptions): Promise<string | undefined> {
    const { runtime, redactor } = this.#options;
    const held = await callRuntime(runtime, this.#holding(), { onError: tell });
    if (held.code !== 0) return 'a network for its services cannot be made';
    const options = [...commonOptions(runtime), '--pull', 'never', ...this.options];
    for (const one of wanted) {
      if (signal.aborted) return undefined;
      const service = await Service.start(runtime, one, options, redactor);
      if ('fault' in service) return service.fault;
      this.services.push(service);
    }
    await Promise.all(this.services.map((service) => service.settled()));
    const { trouble } = this;
    if (trouble !== undefined)
      await tell(
        Buffer.from(
          this.lastLines()
            .map((line) => `${line}\n`)
            .join(''),
        ),
      );
    return trouble;
  }

  #holding(): string[] {
    const { runtime, network, image } = this.#options;
    return [
      ...['run', '--detach', '--interactive', '--name', this.#container, ...commonOptions(runtime), '--pull', 'never'],
      ...['--network', network === 'none' ? 'none' : 'bridge', '--hostname', HOST_NAME, ...this.#hostsFile()],
      ...['--entrypoint', '/bin/sh', image, '-c', HOLD],
    ];
  }

  #hostsFile(): string[] {
    return bind(this.#hosts, '/etc/hosts', 'ro');
  }
}
