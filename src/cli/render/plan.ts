import type { Tool } from '../../definition/model/tool.ts';
import { MARK_VARIABLE } from '../../names.ts';
import { importGuard, MACHINE_VARIABLES, STEP_VARIABLES } from '../../plan/make-plan.ts';
import {
  type Plan,
  type PlannedRun,
  type PlannedStep,
  type PlannedToolCall,
  plannedRuns,
  plannedSteps,
} from '../../plan/plan.ts';
import type { SandboxReport } from '../../project/runs/sandbox.ts';
import { hasErrors } from '../../text/problem.ts';
import { depthOf } from '../../util/step-path.ts';
import { type Paint, painter } from '../terminal/say.ts';
import { count, problemsText } from './problems.ts';

/** The graph with grants, for people: names only. */
export function planText(plan: Plan, sandbox: SandboxReport | null, color: boolean): string {
  const paint = painter(color);
  const through = plan.agent === undefined ? '' : `, through the agent ${plan.agent.name}`;
  const from = plan.group === null ? '' : `, secrets from ${plan.group}`;
  const lines = [`${paint('bold', plan.tool.name)}${through}${from}`];
  lines.push(...containerLine(plan.tool));
  for (const step of plannedSteps(plan.root)) lines.push(...stepLines(step, paint));
  lines.push(...reachLines(plan, sandbox));
  if (plan.missingArgs.length > 0) lines.push('', `undecided until they are given: ${plan.missingArgs.join(', ')}`);
  const verdict = hasErrors(plan.problems) ? paint('red', 'would not start') : paint('green', 'ready');
  const problems = plan.problems.length === 0 ? '' : `\n${problemsText(plan.problems, color)}`;
  return `${lines.join('\n')}\n${problems}\n${verdict}\n`;
}

/** What steps reach besides their inputs. */
function reachLines(plan: Plan, sandbox: SandboxReport | null): string[] {
  const isHost = plannedRuns(plan.root).some(({ executor }) => executor === 'host');
  const open = { pasta: 'a network of its own', offline: 'none: this machine is offline', host: "the host's" };
  return [
    ...(isHost ? ['  on the host a step can read whatever you can, your identity included'] : []),
    ...(sandbox === null
      ? []
      : [
          `  in the sandbox: ${sandbox.sees.join(', ')}; \`network: open\` is ${open[sandbox.openNetwork]}`,
          ...sandbox.exceptions.map((one) => `  not so here: ${one}`),
        ]),
  ];
}

/** What the container gets besides the steps. */
function containerLine({ container }: Tool): string[] {
  if (container === undefined) return [];
  const { files, volumes, services, entrypoint, dependencies, build } = container;
  const parts = [
    ['entry point', entrypoint],
    [
      'files',
      files.map(({ path, machine }) => (machine === undefined ? path : `${path} (${machine} of this machine)`)),
    ],
    ['volumes', volumes.map(({ name, path }) => `${name} at ${path}`)],
    ['services', services.map(({ name, image }) => `${name} (${image})`)],
    ['dependencies', dependencies],
    ['build', build === undefined ? [] : ['a script']],
  ] as const;
  const said = parts.flatMap(([name, items]) => (items.length === 0 ? [] : [`${name} ${items.join(', ')}`]));
  return [`  container: ${said.join('; ')}`];
}

function stepLines(planned: PlannedStep, paint: Paint): string[] {
  const depth = '  '.repeat(depthOf(planned.stepPath));
  const needs = planned.step.needs.map((need) => need.name);
  const condition = { runs: '', skipped: ', skipped by its `if`', undecided: ', depends on its `if`' }[
    planned.condition
  ];
  const after = needs.length === 0 ? 'at once' : `after ${needs.join(', ')}`;
  const kind = 'call' in planned ? `calls ${planned.call.tool.name}` : executorText(planned);
  const approval = planned.approval ? ', asks for approval' : '';
  const head = `${depth}${paint('bold', planned.step.id)}  ${paint('dim', `${kind}, ${after}${condition}${repeated(planned)}${workersText(planned)}${approval}`)}`;
  return isCall(planned)
    ? [head]
    : [head, ...variableLine(planned, depth, paint), ...secretLines(planned, depth, paint)];
}

function executorText({ executor, shell, image, insteadOfImage, network }: PlannedRun): string {
  const where = insteadOfImage
    ? `${executor} instead of its image`
    : image === undefined
      ? executor
      : `${executor} ${image}`;
  const reach = network === 'open' ? '' : ', no network';
  return `${where}, ${shell}${reach}`;
}

function workersText({ runsOn }: PlannedStep): string {
  if (runsOn === undefined) return '';
  return runsOn.length === 0 ? ', on any worker' : `, on a worker with ${runsOn.join(' and ')}`;
}

function repeated({ forEach }: PlannedStep): string {
  if (forEach === undefined) return '';
  const { list, count: number, maxParallel } = forEach;
  const items = number === null ? `\${{ ${list} }}` : count(number, 'item');
  return `, for each of ${items}${maxParallel === undefined ? '' : `, ${maxParallel} at a time`}`;
}

/** Only the variables that the definition adds; the variables of every step are the same everywhere. */
function variableLine(planned: PlannedRun, depth: string, paint: Paint): string[] {
  const own = planned.variables.filter((name) => !COMMON.has(name));
  return own.length === 0 ? [] : [`${depth}  ${paint('dim', 'variables:')} ${own.join(' ')}`];
}

const COMMON: ReadonlySet<string> = new Set([
  ...MACHINE_VARIABLES,
  ...STEP_VARIABLES,
  MARK_VARIABLE,
  ...Object.keys(importGuard('python', true)),
]);

function secretLines(planned: PlannedRun, depth: string, paint: Paint): string[] {
  return planned.secrets.map(({ request, version, decision }) => {
    const sign = decision.granted ? paint('green', '+') : paint(request.required ? 'red' : 'yellow', '-');
    const into = request.variable === request.name || request.form === 'stdin' ? '' : ` as $${request.variable}`;
    const form = { env: '', file: ' (file)', stdin: ' (standard input)' }[request.form];
    const which = version === null ? '' : ` version ${version}`;
    const optional = request.required ? '' : ', optional';
    const asked = request.askedBy === 'agent' ? ', asked for by the agent' : '';
    return `${depth}  ${sign} ${request.name}${into}${form}${which}${optional}${asked}: ${decision.reason}`;
  });
}

function isCall(planned: PlannedStep): planned is PlannedToolCall {
  return 'call' in planned;
}
