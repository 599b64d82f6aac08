import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';
import type { Tool } from '../../definition/model/tool.ts';
import { type Plan, type PlannedCall, type PlannedRun, runsThatMayStart } from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import { DEEPEST, nestsTooDeeply } from '../../text/node.ts';
import { type Problem, problem } from '../../text/problem.ts';
import type { HostCapabilities } from '../context/run-input.ts';
import type { ContainerRuntime } from '../executors/containers/container-runtime.ts';
import { resolveShell } from '../workspace/shell.ts';
import type { findFolder } from '../workspace/workdir.ts';

/** What the plan cannot know because it asks the machine: executors, images, interpreters, working directories. All problems at once. */
export async function machineProblems(
  plan: Plan,
  env: Readonly<Record<string, string | undefined>>,
  capabilities: HostCapabilities,
  folderOf: FolderOf,
): Promise<Problem[]> {
  const path = env.PATH ?? '';
  const steps = runsThatMayStart(plan.root).map(
    (run): StepSubject => ({ ...run, name: `"${run.stepPath}" of ${plan.tool.name}` }),
  );
  const ofSteps = steps.flatMap((one) => [
    ...executorProblems(one, capabilities),
    ...folderProblems(one, folderOf),
    ...shellProblems(one, folderOf, path),
  ]);
  return [...argumentProblems(plan), ...ofSteps, ...(await imageProblems(plan.root, capabilities.containers))];
}

/** A working directory as a tool's steps will find it. */
export type FolderOf = (tool: Tool, written: string) => ReturnType<typeof findFolder>;

interface StepSubject extends PlannedRun {
  /** As messages say it. */
  readonly name: string;
}

function argumentProblems({ tool, args }: Plan): Problem[] {
  return Object.entries(args).flatMap(([name, value]) => {
    const fault = argumentFault(value);
    return fault === null ? [] : [problem('args/invalid', `the argument "${name}" of ${tool.name} ${fault}`)];
  });
}

/** Within lists and objects JSON writes NUL as an escape. */
function argumentFault(value: JsonValue): string | null {
  if (typeof value === 'string' && value.includes('\0')) return 'holds a NUL character, which a variable cannot hold';
  return nestsTooDeeply(value) ? `is nested deeper than ${DEEPEST} levels` : null;
}

/** Never the host instead: an image, or a closed network, is also a promise about what a script can reach. */
function executorProblems({ executor, step, name }: StepSubject, { sandbox, containers }: HostCapabilities): Problem[] {
  const missing = (what: string, hint: string) => [
    problem('run/executor', `the step ${name} wants ${what}`, { at: step.at, hint }),
  ];
  if (executor === 'sandbox' && sandbox === null)
    return missing(
      'a sandbox, and bubblewrap is not installed',
      'install bubblewrap, or set `network: open` and remove `sandbox:` if the step may use the network of the machine',
    );
  if (executor === 'container' && containers === null)
    return missing(
      'a container, and neither podman nor docker is installed',
      'install one, use `--on host` if the step may run on the host this time, or remove `image:`',
    );
  return [];
}

/** Of images that are not here and shall not be fetched. */
async function imageProblems(call: PlannedCall, runtime: ContainerRuntime | null): Promise<Problem[]> {
  if (runtime === null) return [];
  const { tool } = call;
  const calls = call.steps.flatMap((planned) => ('call' in planned ? [planned.call] : []));
  const below = await Promise.all(calls.map((one) => imageProblems(one, runtime)));
  const runs = call.steps.flatMap((planned) =>
    'executor' in planned && planned.executor === 'container' ? [planned] : [],
  );
  if (runs.length === 0 || tool.container?.pull !== 'never') return below.flat();
  const { hasImage } = await import('../executors/containers/container-runtime.ts');
  const images = new Set([
    ...runs.flatMap(({ image }) => (image === undefined || image.includes('${{') ? [] : [image])),
    ...tool.container.services.map(({ image }) => image),
  ]);
  const missing: Problem[] = [];
  for (const image of images) {
    if (await hasImage(runtime, image)) continue;
    const hint = `${runtime.kind} pull ${image}, or \`pull: missing\` under \`container:\``;
    missing.push(
      problem('run/executor', `the image ${image} is not on this machine, and \`pull: never\` says not to fetch it`, {
        at: tool.container.at,
        hint,
      }),
    );
  }
  return [...below.flat(), ...missing];
}

function shellProblems(subject: StepSubject, folderOf: FolderOf, searchPath: string): Problem[] {
  const { executor, shell: wanted, step, name } = subject;
  if (executor === 'container') return [];
  const folder = plainFolder(subject, folderOf);
  if (folder === null || 'fault' in folder) return [];
  const shell = resolveShell(wanted, searchPath, folder.path);
  if (!('missing' in shell)) return [];
  return [
    problem('run/executable', `the step ${name} needs ${shell.missing.join(' or ')}, which is not installed`, {
      at: step.at,
      hint: `install it, or set \`shell:\` (searched: ${shownPath(searchPath)})`,
    }),
  ];
}

function folderProblems(subject: StepSubject, folderOf: FolderOf): Problem[] {
  const { step, name } = subject;
  const folder = plainFolder(subject, folderOf);
  if (folder === null || 'path' in folder) return [];
  return [
    problem('run/workdir', `the step ${name}: ${folder.fault}`, {
      at: step.workdir?.at ?? step.at,
      hint: 'a working directory is relative to the root of the repository; in a pinned group it has to be the folder of a file under `files:`',
    }),
  ];
}

/** Null where an expression will name it. */
function plainFolder({ step: { workdir }, tool }: StepSubject, folderOf: FolderOf): ReturnType<FolderOf> | null {
  const [only = '', ...rest] = workdir?.parts ?? ['.'];
  return typeof only === 'string' && rest.length === 0 ? folderOf(tool, only) : null;
}

function shownPath(searchPath: string): string {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '' && isOnDisk(folder));
  return folders.length === 0 ? 'no folder in PATH exists' : folders.join(delimiter);
}

function isOnDisk(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
