import type { ContainerEngine } from './container-engine.ts';
import type { Workshop } from './workshop.ts';

/** The engines that a run may find, each as the environment that it is found by. */
export interface EnginePlace {
  readonly kind: 'podman' | 'docker';
  /** Makes a workshop's machine one that has this engine. */
  enter(workshop: Workshop): void;
}

/** podman, and docker's command line where that is installed. */
export async function enginePlaces(engine: ContainerEngine): Promise<EnginePlace[]> {
  const podman: EnginePlace = {
    kind: 'podman',
    enter: (workshop) => void Object.assign(workshop.env, ofPodman(engine)),
  };
  const docker = await engine.docker();
  if (docker === null) return [podman];
  return [
    podman,
    {
      kind: 'docker',
      enter(workshop) {
        workshop.keepPrograms('docker', 'setsid');
        Object.assign(workshop.env, { DOCKER_HOST: docker.env.DOCKER_HOST });
      },
    },
  ];
}

/** Where every engine does the same, the cases of a table take turns at them; the long form tries each case with each. */
export function inTurn<T>(places: readonly T[], turn: number): readonly T[] {
  return process.env.LONG ? places : places.filter((_, at) => at === turn % places.length);
}

export function ofPodman({ env }: ContainerEngine): Record<string, string> {
  const { CONTAINERS_CONF = '', CONTAINERS_STORAGE_CONF = '' } = env;
  return { CONTAINERS_CONF, CONTAINERS_STORAGE_CONF, PATH: process.env.PATH ?? '' };
}
