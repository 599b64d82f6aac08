import { type ContainerRuntime, ownerLabel } from './container-runtime.ts';

/** The folder in a container for the files that it is given, and for the files of the repository that a step sees. */
export const HANDED = '/run/lockstep';
export const WORK = '/work';

/** What package managers and servers need to start as root; no capability reaches out of the container. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID', 'KILL', 'NET_BIND_SERVICE'];

/** The options of every container, for a step, a service or a build: a label to find it again, and few rights. */
export function commonOptions(runtime: ContainerRuntime): string[] {
  return [
    ...['--label', ownerLabel(), '--log-driver', 'none'],
    ...['--cap-drop', 'ALL', ...CAPABILITIES.flatMap((one) => ['--cap-add', one])],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '4096'],
    ...(runtime.kind === 'podman' ? ['--http-proxy=false'] : []),
  ];
}

/** Mounts a path. --mount separates its words with commas and --volume with colons, so the path decides. */
export function bind(source: string, target: string, mode: 'ro' | 'rw'): string[] {
  if (`${source}${target}`.includes(',')) return ['--volume', `${source}:${target}:${mode}`];
  return ['--mount', `type=bind,source=${source},target=${target}${mode === 'ro' ? ',readonly' : ''}`];
}
