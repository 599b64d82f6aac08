import { randomBytes } from 'node:crypto';
import { requireStarted, runChild } from '../../../process/child.ts';
import { findExecutable } from '../../../process/find-executable.ts';
import { isProcessStamp, mayBeAlive, type ProcessStamp, stampOfThisProcess } from '../../../util/process-stamp.ts';

/** A container runtime (podman, docker) that this machine has. */
export interface ContainerRuntime {
  readonly kind: 'podman' | 'docker';
  /** Absolute path of its command line. */
  readonly file: string;
  /** The environment of that command line: where its service, images and settings are. Has no variable of the step. */
  readonly env: Readonly<Record<string, string>>;
}

const KINDS = ['podman', 'docker'] as const;

/** Variables that tell an engine where things are. Excludes proxies, which podman would pass to the container. */
const ENVIRONMENT = /^(?:PATH|HOME|TMPDIR|XDG_\w+|DBUS_SESSION_BUS_ADDRESS|DOCKER_\w+|CONTAINERS?_\w+)$/;

/** Prefers podman to docker; null where neither is installed. */
export function findContainerRuntime(ambient: Readonly<Record<string, string | undefined>>): ContainerRuntime | null {
  const kept = Object.entries(ambient).filter(([name, value]) => ENVIRONMENT.test(name) && value !== undefined);
  const env = Object.fromEntries(kept) as Record<string, string>;
  for (const kind of KINDS) {
    const file = findExecutable(kind, ambient.PATH ?? '', '/');
    if (file !== null) return { kind, file, env };
  }
  return null;
}

/** How a call of the engine's command line ended; `code` is null where a signal ended it. */
export interface RuntimeAnswer {
  readonly code: number | null;
  readonly said: string;
}

export interface RuntimeCall {
  /** Ends the command line, but not the containers that it has started. */
  readonly signal?: AbortSignal;
  /** The standard error of the command line. */
  readonly onError?: (chunk: Uint8Array) => void | Promise<void>;
}

export async function callRuntime(
  runtime: ContainerRuntime,
  args: readonly string[],
  { signal, onError }: RuntimeCall = {},
): Promise<RuntimeAnswer> {
  let said = '';
  const onOutput = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => {
    if (stream === 'stderr') return onError?.(chunk);
    said += Buffer.from(chunk).toString();
    return undefined;
  };
  const request = { file: runtime.file, args, cwd: '/', env: runtime.env, graceMs: 0, onOutput };
  const end = await runChild({ ...request, ...(signal && { signal }) });
  requireStarted(end, runtime.kind);
  return { code: end.kind === 'exit' ? end.code : null, said };
}

/** The output of the engine, or null where it fails. */
export async function askRuntime(runtime: ContainerRuntime, ...args: readonly string[]): Promise<string | null> {
  const { code, said } = await callRuntime(runtime, args);
  return code === 0 ? said.trim() : null;
}

export async function hasImage(runtime: ContainerRuntime, image: string): Promise<boolean> {
  return (await askRuntime(runtime, 'image', 'inspect', '--format', '{{.Id}}', image)) !== null;
}

export const LABEL = 'lockstep';

/** Marks a container as this process's, so that a later one can tell whether it was left behind. */
export function ownerLabel(): string {
  return `${LABEL}=${Buffer.from(JSON.stringify(stampOfThisProcess())).toString('base64url')}`;
}

/** Removes a container, its processes, and the anonymous volumes of its image. A missing container is not an error. */
export async function removeContainer(runtime: ContainerRuntime, name: string): Promise<void> {
  await askRuntime(
    runtime,
    'rm',
    '--force',
    '--volumes',
    ...(runtime.kind === 'podman' ? ['--time', '0', '--ignore'] : []),
    name,
  );
}

/** The suffix of containers whose network others use: podman removes such a container only after the others. */
const NETWORK_SUFFIX = '-network';

/** A name for a container. @param isNetwork whether others use its network */
export function containerName(isNetwork = false): string {
  return `lockstep-${randomBytes(8).toString('hex')}${isNetwork ? NETWORK_SUFFIX : ''}`;
}

/** Removes the containers that killed runs left behind. */
export async function sweepContainers(runtime: ContainerRuntime): Promise<void> {
  const listed = await askRuntime(runtime, 'ps', '--all', '--filter', `label=${LABEL}`, '--format', '{{.Names}}');
  const names = (listed ?? '').split('\n').filter((one) => one !== '');
  const [last, first] = [true, false].map((is) => names.filter((name) => name.endsWith(NETWORK_SUFFIX) === is));
  for (const name of [...(first ?? []), ...(last ?? [])]) {
    const label = await askRuntime(runtime, 'inspect', '--format', `{{index .Config.Labels "${LABEL}"}}`, name);
    const owner = stampOf(label ?? '');
    if (owner !== null && !mayBeAlive(owner)) await removeContainer(runtime, name);
  }
}

function stampOf(label: string): ProcessStamp | null {
  try {
    const stamp: unknown = JSON.parse(Buffer.from(label, 'base64url').toString());
    return isProcessStamp(stamp) ? stamp : null;
  } catch {
    return null;
  }
}
