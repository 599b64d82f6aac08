import { imageOf, type RunStep, type Tool } from '../definition/model/tool.ts';
import { type Problem, problem } from '../text/problem.ts';

/**
 * The reasons why a step with an image cannot run on the machine itself, as the caller requested.
 * @param pinnedGroup the pinned group that its secrets come from, if any
 */
export function hostProblems(tool: Tool, step: RunStep, path: string, pinnedGroup: string | undefined): Problem[] {
  const refuse = (why: string, hint: string) =>
    problem('run/executor', `the step "${path}" of ${tool.name} cannot run on the host: ${why}`, {
      at: tool.container?.at ?? imageOf(tool, step)?.at ?? step.at,
      hint,
    });
  const problems = neededOf(tool).map((what) => refuse(`it needs ${what}`, 'run it in its image'));
  if (pinnedGroup !== undefined)
    problems.push(
      refuse(`the group ${pinnedGroup} is pinned, and its grants are for the image`, 'use a group that is not pinned'),
    );
  const missing = [
    ...(tool.container?.dependencies ?? []),
    ...(tool.container?.build === undefined ? [] : ['its build']),
  ];
  if (missing.length > 0)
    problems.push(
      problem(
        'run/executor',
        `${tool.name} runs on the host without ${missing.join(', ')}: the step uses what is installed there`,
        {
          ...(tool.container && { at: tool.container.at }),
          severity: 'warning',
        },
      ),
    );
  return problems;
}

/** The settings that only a container provides. */
function neededOf({ container }: Tool): string[] {
  if (container === undefined) return [];
  const { files, volumes, services, entrypoint } = container;
  return [
    ...(files.length > 0 ? [`the files ${files.map(({ path }) => path).join(', ')}`] : []),
    ...(volumes.length > 0 ? [`the volumes ${volumes.map(({ name }) => name).join(', ')}`] : []),
    ...(services.length > 0 ? [`the services ${services.map(({ name }) => name).join(', ')}`] : []),
    ...(entrypoint.length > 0 ? ['its own entry point'] : []),
  ];
}
