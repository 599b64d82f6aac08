import type { PlannedRun } from '../../plan/plan.ts';
import type { Frame } from '../frame.ts';
import type { RunContext } from '../run-context.ts';
import type { StepScratch } from '../scratch.ts';
import type { Workspace } from '../workspace.ts';
import type { Executor } from './executor.ts';
import { hostExecutor } from './host.ts';
import { sandboxExecutor } from './sandbox/sandbox.ts';
import type { Preparation } from './supply-image.ts';

/** @throws EvaluationError where an expression of its image or its services fails */
export async function executorFor(
  planned: PlannedRun,
  frame: Frame,
  variables: Readonly<Record<string, string>>,
  context: RunContext,
  workspace: Workspace,
  scratch: StepScratch,
  preparation: Preparation,
): Promise<Executor | { readonly fault: string }> {
  const { machine, on } = context;
  const searchPath = variables.PATH ?? machine.PATH ?? '';
  if (planned.executor === 'host') return hostExecutor(searchPath);
  if (planned.executor === 'sandbox') {
    if (context.sandbox === null) return { fault: 'bubblewrap is not installed' };
    return sandboxExecutor(
      context.sandbox,
      { root: workspace.root, network: planned.network, searchPath },
      scratch,
      on.arch,
    );
  }
  if (on.engine === null) return { fault: 'neither podman nor docker is installed' };
  const { containerPlace } = await import('./container-place.ts');
  const place = await containerPlace(on.engine, planned, frame, context, workspace, scratch, preparation);
  if ('fault' in place) return place;
  const { containerExecutor } = await import('./container.ts');
  return containerExecutor(on.engine, place, scratch);
}
