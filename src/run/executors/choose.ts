import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderText } from '../../definition/template.ts';
import { imageOf, type Tool } from '../../definition/tool.ts';
import type { PlannedRun } from '../../plan/plan.ts';
import { relativeInside } from '../../util/relative-inside.ts';
import type { Frame } from '../frame.ts';
import type { RunContext } from '../run-context.ts';
import type { StepScratch } from '../scratch.ts';
import type { ContainerPlace } from './container.ts';
import type { Executor } from './executor.ts';
import { hostExecutor } from './host.ts';
import { sandboxExecutor } from './sandbox.ts';

/** @throws EvaluationError where the image's expression fails */
export async function executorFor(
  planned: PlannedRun,
  frame: Frame,
  variables: Readonly<Record<string, string>>,
  context: RunContext,
  scratch: StepScratch,
): Promise<Executor | { readonly fault: string }> {
  const { machine, root, on } = context;
  const searchPath = variables.PATH ?? machine.PATH ?? '';
  if (planned.executor === 'host') return hostExecutor(searchPath);
  if (planned.executor === 'sandbox') {
    if (on.bubblewrap === null) return { fault: 'bubblewrap is not installed' };
    const place = {
      root,
      hidden: on.hidden,
      network: planned.network,
      ...(on.home !== undefined && { home: on.home }),
    };
    return sandboxExecutor(on.bubblewrap, searchPath, place, scratch);
  }
  if (on.engine === null) return { fault: 'neither podman nor docker is installed' };
  const place = containerPlace(planned, frame, variables, context, scratch);
  if ('fault' in place) return place;
  const { containerExecutor } = await import('./container.ts');
  return containerExecutor(on.engine, place, scratch);
}

function containerPlace(
  { step, network }: PlannedRun,
  frame: Frame,
  variables: Readonly<Record<string, string>>,
  { root, filesOf }: RunContext,
  scratch: StepScratch,
): ContainerPlace | { readonly fault: string } {
  const { tool } = frame;
  const { container } = tool;
  const written = imageOf(tool, step);
  const image = written === undefined ? '' : renderText(written, frame.scope(variables));
  // An option where an image is expected would be one of the engine's.
  if (!/^[A-Za-z0-9]/.test(image)) return { fault: 'its image has no name that an engine would take' };
  const mounts = new Map<string, string>();
  for (const [at, { path, content, from }] of (container?.files ?? []).entries()) {
    const source =
      from === undefined ? scratch.write(`file-${at}`, Buffer.from(content ?? ''), 0o400) : insideOf(root, tool, from);
    if (source === null) return { fault: `the file "${from}" that its container wants is not in the repository` };
    mounts.set(path, source);
  }
  return {
    image,
    root,
    files: filesOf(tool),
    mounts,
    volumes: new Map((container?.volumes ?? []).map(({ name, path }) => [path, name])),
    network,
    entrypoint: container?.entrypoint ?? [],
    ...(container?.memory !== undefined && { memory: container.memory }),
    ...(container?.cpus !== undefined && { cpus: container.cpus }),
    pull: container?.pull ?? 'missing',
  };
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
