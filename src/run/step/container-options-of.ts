import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderText } from '../../definition/expressions/template.ts';
import type { Container } from '../../definition/model/container.ts';
import { imageOf, type Tool } from '../../definition/model/tool.ts';
import { relativeInside } from '../../util/paths.ts';
import { builtImage, wantsBuild } from '../executors/containers/built-image.ts';
import type { ContainerOptions } from '../executors/containers/container.ts';
import type { ContainerRuntime } from '../executors/containers/container-runtime.ts';
import type { JoinedServices } from '../executors/containers/services.ts';
import { type PrepareOptions, supplyImage } from '../executors/containers/supply-image.ts';
import { machineFile, secretFile } from '../workspace/injection.ts';
import type { StepScratch } from '../workspace/scratch.ts';
import type { StepWork } from './step-work.ts';

/**
 * What the definition says of a step's container, worked out; the image that its build gives is made and its services are
 * started before that.
 * @throws EvaluationError
 */
export async function containerOptionsOf(
  work: StepWork,
  runtime: ContainerRuntime,
  prepareOptions: PrepareOptions,
): Promise<ContainerOptions | { readonly fault: string }> {
  const { planned, frame, scope, workspace, scratch } = work;
  const { container } = frame.tool;
  const written = imageOf(frame.tool, planned.step);
  const image = written === undefined ? '' : renderText(written, frame.scope(frame.variables()));
  // An option where an image is expected would be one of the engine's.
  if (!/^[A-Za-z0-9]/.test(image)) return { fault: 'its image does not have a valid name' };
  if (scope.redactor.text(image) !== image)
    return { fault: 'the name of its image holds a secret, which must not appear on a command line' };
  const mounts = mountsOf(container, workspace.root, frame.tool, scratch);
  if ('fault' in mounts) return mounts;
  const beside = await prepareImageAndServices(image, container, { work, runtime, prepareOptions });
  if ('fault' in beside) return beside;
  return {
    ...beside,
    root: workspace.root,
    files: workspace.files,
    mounts: mounts.files,
    homeLinks: mounts.links,
    volumes: new Map(
      (container?.volumes ?? []).map(({ name, path }) => [mountedAt(name, path), workspace.volume(name)]),
    ),
    network: planned.network,
    entrypoint: container?.entrypoint ?? [],
    ...(container?.memory !== undefined && { memory: container.memory }),
    ...(container?.cpus !== undefined && { cpus: container.cpus }),
  };
}

interface ImageDeps {
  readonly work: StepWork;
  readonly runtime: ContainerRuntime;
  readonly prepareOptions: PrepareOptions;
}

/** Most steps want no more than their image, which the engine fetches by itself. */
async function prepareImageAndServices(
  image: string,
  container: Container | undefined,
  deps: ImageDeps,
): Promise<Pick<ContainerOptions, 'image' | 'pull' | 'services'> | { readonly fault: string }> {
  const pull = container?.pull ?? 'missing';
  if (container === undefined || (!wantsBuild(container) && container.services.length === 0)) return { image, pull };
  const { work, runtime, prepareOptions } = deps;
  const fault = await supplyImage(runtime, image, pull, prepareOptions);
  if (fault !== null) return { fault };
  const { input, resources } = work.run;
  const place = { runtime, tool: work.frame.tool.name, scratch: resources.scratch, lockPath: input.lockPath };
  const built = wantsBuild(container) ? await builtImage(image, container, place, prepareOptions) : image;
  if (typeof built !== 'string') return built;
  const services = await joinServices(built, container, deps);
  if (services !== undefined && 'fault' in services) return services;
  return { image: built, pull: 'never', ...(services && { services }) };
}

async function joinServices(
  image: string,
  container: Container,
  { work, runtime, prepareOptions }: ImageDeps,
): Promise<JoinedServices | { readonly fault: string } | undefined> {
  if (container.services.length === 0) return undefined;
  const { planned, frame, scope, run } = work;
  const { scratch } = run.resources;
  const { redactor, services } = scope;
  const place = { runtime, network: planned.network, image, pull: container.pull, scratch, redactor };
  return services.join(container, frame, place, prepareOptions);
}

interface Mounts {
  /** Files of the host, by where the container sees them. */
  readonly files: ReadonlyMap<string, string>;
  /** Files for the home folder, which only the image knows: `~/path` -> the target of the link. */
  readonly links: ReadonlyMap<string, string>;
}

const BESIDE = '/run/lockstep-home';

function isOfHome(path: string): boolean {
  return path.startsWith('~/');
}

function mountedAt(volume: string, path: string): string {
  return isOfHome(path) ? `${BESIDE}/volume-${volume}` : path;
}

function mountsOf(
  container: Container | undefined,
  root: string,
  tool: Tool,
  scratch: StepScratch,
): Mounts | { readonly fault: string } {
  const files = new Map<string, string>();
  const links = new Map(
    (container?.volumes ?? []).flatMap(({ name, path }) => (isOfHome(path) ? [[path, mountedAt(name, path)]] : [])),
  );
  for (const [at, { path, content, from, secret, machine }] of (container?.files ?? []).entries()) {
    const source =
      secret !== undefined
        ? join(scratch.path, secretFile(secret))
        : machine !== undefined
          ? join(scratch.path, machineFile(machine))
          : from === undefined
            ? scratch.write(`file-${at}`, Buffer.from(content ?? ''), 0o400)
            : insideOf(root, tool, from);
    if (source === null) return { fault: `the file "${from}" that its container wants is not in the repository` };
    const target = isOfHome(path) ? `${BESIDE}/file-${at}` : path;
    files.set(target, source);
    if (target !== path) links.set(path, target);
  }
  return { files, links };
}

/** A file by its name from the definition's folder, symlinks resolved; null where it is none of the repository's. */
function insideOf(root: string, tool: Tool, from: string): string | null {
  try {
    const path = realpathSync(join(root, dirname(tool.source.path), from));
    return relativeInside(root, path) === undefined ? null : path;
  } catch {
    return null;
  }
}
