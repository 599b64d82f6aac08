import { agentToolFor } from '../definition/model/agent-tools.ts';
import type { Agent, CallStep, Network, RunStep, SecretRequest, Tool } from '../definition/model/tool.ts';
import type { JsonValue } from '../text/node.ts';
import type { Problem } from '../text/problem.ts';
import type { Decision } from './grants.ts';

/**
 * What would run and with which grants: names only, so it is made, printed, compared and tested without a key.
 * Applying it is elsewhere (run/).
 */
export interface Plan {
  readonly tool: Tool;
  readonly agent?: Agent;
  /** The group that secrets come from; null where the repository has no vault. */
  readonly group: string | null;
  /** Whether only grants by digest count there: then a step gets what the digest covers and nothing else of the repository. */
  readonly pinned: boolean;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Required arguments that were not given: what depends on them is undecided. */
  readonly missingArgs: readonly string[];
  readonly root: PlannedCall;
  /** Everything that keeps it from starting, and warnings. */
  readonly problems: readonly Problem[];
}

/** One tool's steps: the plan's root, or a step that calls. */
export interface PlannedCall {
  readonly tool: Tool;
  readonly steps: readonly PlannedStep[];
}

export type PlannedStep = PlannedRun | PlannedToolCall;

export interface PlannedBase {
  /** `post`, or `post/send` for a step of the tool that `post` calls: unique in a plan, and what every face shows. */
  readonly stepPath: string;
  /** Whether its `if` lets it run: worked out where only known arguments matter, else undecided. */
  readonly condition: 'runs' | 'skipped' | 'undecided';
  /** Whether a person has to approve it before it starts. */
  readonly approval: boolean;
  readonly forEach?: PlannedItems;
}

/** What a `forEach` repeats its step for. */
export interface PlannedItems {
  /** The expression that gives them. */
  readonly list: string;
  /** Null where it depends on values that are not known yet. */
  readonly count: number | null;
  /** Absent: as many as the run has processes. */
  readonly maxParallel?: number;
}

export interface PlannedRun extends PlannedBase {
  readonly step: RunStep;
  /** Whose step it is. */
  readonly tool: Tool;
  readonly executor: 'host' | 'sandbox' | 'container';
  /** As it is written; else bash, or in a container sh, for few images have bash. */
  readonly shell: string;
  /** Worked out where only known arguments matter, else as it is written; absent where none is named. */
  readonly image?: string;
  readonly network: Network;
  /** On the host because the caller said so, instead of in the tool's image. */
  readonly insteadOfImage: boolean;
  /** Variables of the caller's environment that it gets where they are set. */
  readonly passed: readonly string[];
  /** Names of the variables it gets, beside those of its secrets; sorted. */
  readonly variables: readonly string[];
  readonly secrets: readonly PlannedSecret[];
}

export interface PlannedToolCall extends PlannedBase {
  readonly step: CallStep;
  readonly call: PlannedCall;
}

export interface PlannedSecret {
  readonly request: SecretRequest;
  /** The version that it would get; null where the vault does not hold it or there is no vault. */
  readonly version: number | null;
  readonly decision: Decision;
}

/** Every step that is a process, in order, calls opened up. */
export function plannedRuns(call: PlannedCall): PlannedRun[] {
  return call.steps.flatMap((planned) => ('call' in planned ? plannedRuns(planned.call) : [planned]));
}

/** As `plannedRuns`, without those that an `if` has ruled out: nothing is asked of the machine or the vault for them. */
export function runsThatMayStart(call: PlannedCall): PlannedRun[] {
  const open = call.steps.filter((planned) => planned.condition !== 'skipped');
  return open.flatMap((planned) => ('call' in planned ? runsThatMayStart(planned.call) : [planned]));
}

/** The steps that a person has to approve, of those that start unless an ancestor fails. */
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

/** Calls and processes alike, in order. */
export function plannedSteps(call: PlannedCall): PlannedStep[] {
  return call.steps.flatMap((planned) => ('call' in planned ? [planned, ...plannedSteps(planned.call)] : [planned]));
}

/** The names of the secrets that the run will be lent: granted ones, each once. */
export function grantedSecrets(plan: Plan): string[] {
  return secretsGrantedTo(runsThatMayStart(plan.root));
}

/** The same of some processes of a plan. */
export function secretsGrantedTo(runs: readonly PlannedRun[]): string[] {
  const names = runs.flatMap(({ secrets }) =>
    secrets.filter((one) => one.decision.granted).map((one) => one.request.name),
  );
  return [...new Set(names)];
}
