import { type ContainerRuntime, callRuntime, hasImage } from './container-runtime.ts';

/** The signal and the time limit for everything that a step needs before it starts. */
export interface PrepareOptions {
  /** Aborted by a cancel of the run, or a timeout of the step or of a tool around it. */
  readonly signal: AbortSignal;
  /** Receives the output meanwhile, not masked yet. */
  readonly tell: (chunk: Uint8Array) => void | Promise<void>;
}

/** Ensures that this machine has the image. Returns why it cannot, or null. */
export async function supplyImage(
  runtime: ContainerRuntime,
  image: string,
  pull: 'missing' | 'always' | 'never',
  { signal, tell }: PrepareOptions,
): Promise<string | null> {
  if (pull !== 'always' && (await hasImage(runtime, image))) return null;
  if (pull === 'never') return `the image ${image} is not on this machine, and \`pull: never\` says not to fetch it`;
  const { code } = await callRuntime(runtime, ['pull', '--quiet', image], { signal, onError: tell });
  return code === 0 ? null : `the image ${image} cannot be fetched`;
}
