import type { Container } from '../../../definition/model/container.ts';
import type { Frame } from '../../frame.ts';
import type { Service } from './service.ts';
import type { ServiceSet, ServiceSetOptions } from './service-set.ts';
import type { PrepareOptions } from './supply-image.ts';

/** What a step's container has to know about its services. */
export type JoinedServices = Pick<ServiceSet, 'options' | 'lastLines'> & {
  readonly services: readonly Pick<Service, 'name' | 'ports' | 'ended' | 'trouble'>[];
};

type Joined = JoinedServices | { readonly fault: string };

/**
 * The services of one call of a tool: started before the first step that needs them, once for all steps, and removed
 * when the call ends, however it ends. (A later runner sweeps the services of a killed runner: container-runtime.ts.)
 */
export class Services {
  #set: ServiceSet | undefined;
  /** Steps take turns: if the first one is cancelled meanwhile, the next one starts the services. */
  #turn: Promise<unknown> = Promise.resolve();

  join(
    container: Container,
    frame: Frame,
    options: ServiceSetOptions,
    prepareOptions: PrepareOptions,
  ): Promise<Joined> {
    const turn = this.#turn.then(() => this.#join(container, frame, options, prepareOptions));
    this.#turn = turn.catch(() => undefined);
    return Promise.race([turn, aborted(prepareOptions.signal)]);
  }

  async dispose(): Promise<void> {
    await this.#turn;
    await this.#set?.dispose();
    this.#set = undefined;
  }

  async #join(
    container: Container,
    frame: Frame,
    options: ServiceSetOptions,
    prepareOptions: PrepareOptions,
  ): Promise<Joined> {
    if (prepareOptions.signal.aborted) return NOT_WAITED;
    const set = this.#set ?? (await start(container, frame, options, prepareOptions));
    if ('fault' in set) return set;
    this.#set = set;
    if (set.network !== options.network) return { fault: 'its services are on a different network' };
    return set.trouble === undefined ? set : { fault: set.trouble };
  }
}

const NOT_WAITED = { fault: 'the run stopped waiting for its services' };

/** @throws EvaluationError */
async function start(
  { services }: Container,
  frame: Frame,
  options: ServiceSetOptions,
  prepareOptions: PrepareOptions,
): Promise<ServiceSet | { readonly fault: string }> {
  const wanted = services.map((one) => ({ ...one, env: frame.render(one.env, frame.variables()) }));
  // Masking finds what rules cannot see, for example an argument that its caller made from a sensitive one.
  for (const { name, env } of wanted)
    for (const [variable, value] of Object.entries(env))
      if (options.redactor.text(value) !== value)
        return {
          fault: `$${variable} of its service "${name}" holds a secret, which must not appear on a command line`,
        };
  const { ServiceSet } = await import('./service-set.ts');
  return ServiceSet.start(options, wanted, prepareOptions);
}

function aborted(signal: AbortSignal): Promise<typeof NOT_WAITED> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(NOT_WAITED);
    signal.addEventListener('abort', () => resolve(NOT_WAITED), { once: true });
  });
}
