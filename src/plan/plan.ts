import { agentToolFor } from '../definition/model/agent-tools.ts';
import type { Agent, CallStep, Network, RunStep, SecretRequest, Tool } from '../definition/model/tool.ts';
import type { JsonValue } from '../text/node.ts';
import type { Problem } from '../text/problem.ts';
import type { Decision } from './grants.ts';

/**
 * The steps that would run and their grants: names only, so making, printing, comparing and testing a plan needs no
 * key. run/ executes it.
 */
export interface Plan {
  readonly tool: Tool;
  readonly agent?: Agent;
  /** The group that secrets come from; null where the repository has no vault. */
  readonly group: string | null;
  /**
   * Whether only grants by digest count in the group: then a step gets only the parts of the repository that the digest
   * covers.
   */
  readonly pinned: boolean;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Required arguments that were not given: everything that depends on them is undecided. */
  readonly missingArgs: readonly string[];
  readonly root: PlannedCall;
  /** The reasons why the run cannot start, and warnings. */
  readonly problems: readonly Problem[];
}

/** One tool's steps: the plan's root, or a step that calls. */
export interface PlannedCall {
  readonly tool: Tool;
  readonly steps: readonly PlannedStep[];
}

export type PlannedStep = PlannedRun | PlannedToolCall;

export interface PlannedBase {
  /**
   * `post`, or `post/send` for a step of the tool that `post` calls: unique in a plan, and shown by every interface.
   */
  readonly stepPath: string;
  /** Whether its `if` lets it run: evaluated if it depends only on known arguments, else undecided. */
  readonly condition: 'runs' | 'skipped' | 'undecided';
  /** Whether a person has to approve it before it starts. */
  readonly approval: boolean;
  readonly forEach?: PlannedItems;
  /** Its own labels, or those of the nearest step around that has some; absent: the worker that has the run. */
  readonly runsOn?: readonly string[];
}

/** The items of a `forEach`. */
export interface PlannedItems {
  /** The expression of the list. */
  readonly list: string;
  /** Null where it depends on values that are not known yet. */
  readonly count: number | null;
  /** Absent: as many as the processes of the run. */
  readonly maxParallel?: number;
}

export interface PlannedRun extends PlannedBase {
  readonly step: RunStep;
  /** The tool that has the step. */
  readonly tool: Tool;
  readonly executor: 'host' | 'sandbox' | 'container';
  /** As written in the definition; else bash, or sh in a container, because few images have bash. */
  readonly shell: string;
  /** Evaluated if it depends only on known arguments, else as written; absent where the step names none. */
  readonly image?: string;
  readonly network: Network;
  /** Whether it runs on the host instead of in the tool's image, because the caller requested it. */
  readonly insteadOfImage: boolean;
  /** Variables that it gets from the caller's environment if they are set there. */
  readonly passed: readonly string[];
  /** Names of its other variables, without those of its secrets; sorted. */
  readonly variables: readonly string[];
  readonly secrets: readonly PlannedSecret[];
}

export interface PlannedToolCall extends PlannedBase {
  readonly step: CallStep;
  readonly call: PlannedCall;
}

export interface PlannedSecret {
  readonly request: SecretRequest;
  /** The version that the step would get; null where the vault lacks the secret or no vault exists. */
  readonly version: number | null;
  readonly decision: Decision;
}

/** Every step that is a process, in order, including those of called tools. */
export function plannedRuns(call: PlannedCall): PlannedRun[] {
  return call.steps.flatMap((planned) => ('call' in planned ? plannedRuns(planned.call) : [planned]));
}

/** As `plannedRuns`, without steps that an `if` has ruled out: these need nothing from the machine or the vault. */
export function runsThatMayStart(call: PlannedCall): PlannedRun[] {
  const open = call.steps.filter((planned) => planned.condition !== 'skipped');
  return open.flatMap((planned) => ('call' in planned ? runsThatMayStart(planned.call) : [planned]));
}

/** The steps that a person has to approve, among those that start unless an ancestor fails. */
export function stepsToApprove(call: PlannedCall): PlannedStep[] {
  const certain = call.steps.filter((planned) => planned.condition === 'runs');
  return certain.flatMap((planned) => [
    ...(planned.approval ? [planned] : []),
    ...('call' in planned ? stepsToApprove(planned.call) : []),
  ]);
}

/** Whether the agent wants its call of the plan's tool approved as a whole. */
export function callWantsApproval({ agent, tool }: Plan): boolean {
  return agent !== undefined && agentToolFor(agent, tool.name)?.approve === 'always';
}

/** All steps, calls and processes, in order. */
export function plannedSteps(call: PlannedCall): PlannedStep[] {
  return call.steps.flatMap((planned) => ('call' in planned ? [planned, ...plannedSteps(planned.call)] : [planned]));
}

/** The names of the granted secrets, which the run receives, each once. */
export function grantedSecrets(plan: Plan): string[] {
  return secretsGrantedTo(runsThatMayStart(plan.root));
}

/** As `grantedSecrets`, for some processes of a plan. */
export function secretsGrantedTo(runs: readonly PlannedRun[]): string[] {
  const names = runs.flatMap(({ secrets }) =>
    secrets.filter((one) => one.decision.granted).map((one) => one.request.name),
  );
  return [...new Set(names)];
}

/** The plan of some of its processes. */
export function partOf(plan: Plan, isIn: (run: PlannedRun) => boolean): Plan {
  const part = (call: PlannedCall): PlannedCall => ({
    ...call,
    steps: call.steps.flatMap((planned): PlannedStep[] => {
      if ('call' in planned) return [{ ...planned, call: part(planned.call) }];
      return isIn(planned) ? [planned] : [];
    }),
  });
  return { ...plan, root: part(plan.root) };
}
