import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';
import type { RunStep } from '../definition/tool.ts';
import { type Plan, type PlannedRun, runsThatMayStart } from '../plan/plan.ts';
import type { JsonValue } from '../text/node.ts';
import { type Problem, problem } from '../text/problem.ts';
import { DEEPEST, nestsTooDeeply } from './nesting.ts';
import { resolveShell } from './shell.ts';
import { findFolder } from './workdir.ts';

/** What the plan cannot know because it asks the machine: executors, interpreters, working folders. All problems at once. */
export function machineProblems(plan: Plan, root: string, path: string): Problem[] {
  const steps = runsThatMayStart(plan.root).map(
    (run): Subject => ({ ...run, name: `"${run.path}" of ${plan.tool.name}` }),
  );
  const ofSteps = steps.flatMap((one) => [
    ...executorProblems(one),
    ...folderProblems(one, root),
    ...shellProblems(one, root, path),
  ]);
  return [...argumentProblems(plan), ...ofSteps];
}

interface Subject extends PlannedRun {
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
  if (typeof value === 'string' && value.includes('\0')) return 'holds a NUL character, which no variable can carry';
  return nestsTooDeeply(value) ? `is nested deeper than ${DEEPEST} levels` : null;
}

/** Never the host instead: an image is also a promise about what a script can reach. */
function executorProblems({ executor, network, step, name }: Subject): Problem[] {
  if (executor === 'host') return network === 'open' ? [] : [openHost(step, name)];
  return [
    problem('run/executor', `the step ${name} wants a container, and this version of Lockstep runs on the host only`, {
      at: step.at,
      hint: 'say `--on host` if it may run on the host this time, or remove `image:`',
    }),
  ];
}

function openHost({ at }: RunStep, name: string): Problem {
  return problem('run/executor', `the step ${name} is to reach no network, and on the host nothing holds it from one`, {
    at,
    hint: 'say `network: open` if it may, or give it an `image:`',
  });
}

function shellProblems({ executor, step, name }: Subject, root: string, searchPath: string): Problem[] {
  if (executor !== 'host') return [];
  const folder = plainFolder(step, root);
  if (folder === null || 'fault' in folder) return [];
  const shell = resolveShell(step.shell, searchPath, folder.path);
  if (!('missing' in shell)) return [];
  return [
    problem('run/executable', `the step ${name} needs ${shell.missing.join(' or ')}, which is not installed`, {
      at: step.at,
      hint: `install it, or set \`shell:\` (searched: ${shownPath(searchPath)})`,
    }),
  ];
}

function folderProblems({ step, name }: Subject, root: string): Problem[] {
  const folder = plainFolder(step, root);
  if (folder === null || 'path' in folder) return [];
  return [
    problem('run/workdir', `the step ${name}: ${folder.fault}`, {
      at: step.workdir?.at ?? step.at,
      hint: 'a working folder is relative to the root of the repository',
    }),
  ];
}

/** Null where an expression will name it. */
function plainFolder({ workdir }: RunStep, root: string): ReturnType<typeof findFolder> | null {
  const [only = '', ...rest] = workdir?.parts ?? ['.'];
  return typeof only === 'string' && rest.length === 0 ? findFolder(root, only) : null;
}

function shownPath(searchPath: string): string {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '' && exists(folder));
  return folders.length === 0 ? 'PATH names no folder that exists' : folders.join(delimiter);
}

function exists(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
