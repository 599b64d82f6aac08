import { type ContainerRuntime, ownerLabel } from './container-runtime.ts';

/** Where a container finds what it was handed, and a step what it sees of the repository. */
export const HANDED = '/run/lockstep';
export const WORK = '/work';

/** What package managers and servers need to start as root, and nothing that reaches out of the container. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID', 'KILL', 'NET_BIND_SERVICE'];

/** What every container is started with, a step's, a service's or a build's: found again by its label, and of few rights. */
export function commonOptions(runtime: ContainerRuntime): string[] {
  return [
    ...['--label', ownerLabel(), '--log-driver', 'none'],
    ...['--cap-drop', 'ALL', ...CAPABILITIES.flatMap((one) => ['--cap-add', one])],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '4096'],
    ...(runtime.kind === 'podman' ? ['--http-proxy=false'] : []),
  ];
}

/** A comma parts the words of the one option, a colon those of the other. */
export function bind(source: string, target: string, mode: 'ro' | 'rw'): string[] {
  if (`${source}${target}`.includes(',')) return ['--volume', `${source}:${target}:${mode}`];
  return ['--mount', `type=bind,source=${source},target=${target}${mode === 'ro' ? ',readonly' : ''}`];
}
