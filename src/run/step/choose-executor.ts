import type { PrepareOptions } from '../executors/containers/supply-image.ts';
import type { Executor } from '../executors/executor.ts';
import { sandboxExecutor } from '../executors/sandbox/sandbox.ts';
import { resolveShell } from '../workspace/shell.ts';
import type { StepWork } from './step-work.ts';

/** @throws EvaluationError where an expression of its image or its services fails */
export async function executorFor(
  work: StepWork,
  variables: Readonly<Record<string, string>>,
  prepareOptions: PrepareOptions,
): Promise<Executor | { readonly fault: string }> {
  const { planned, workspace, scratch } = work;
  const { input, resources } = work.run;
  const { hostEnv, capabilities } = input;
  const searchPath = variables.PATH ?? hostEnv.PATH ?? '';
  if (planned.executor === 'host') return hostExecutor(searchPath);
  if (planned.executor === 'sandbox') {
    if (resources.sandbox === null) return { fault: 'bubblewrap is not installed' };
    return sandboxExecutor(
      resources.sandbox,
      { root: workspace.root, network: planned.network, searchPath },
      scratch,
      capabilities.arch,
    );
  }
  if (capabilities.containers === null) return { fault: 'neither podman nor docker is installed' };
  const { containerOptionsOf } = await import('./container-options-of.ts');
  const place = await containerOptionsOf(work, capabilities.containers, prepareOptions);
  if ('fault' in place) return place;
  const { containerExecutor } = await import('../executors/containers/container.ts');
  return containerExecutor(capabilities.containers, place, scratch);
}

/** On this machine, with the rights of who runs Lockstep. @param searchPath the step's PATH */
export function hostExecutor(searchPath: string): Executor {
  return {
    resolve: (shell, cwd) => resolveShell(shell, searchPath, cwd),
    inside: (path) => path,
    command: (work) => work,
    end: async () => undefined,
  };
}
