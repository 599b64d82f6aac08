import type { Template } from '../definition/expressions/template.ts';
import { agentToolFor } from '../definition/model/agent-tools.ts';
import type { Edge } from '../definition/model/cycle.ts';
import { Digests, type DigestWorld } from '../definition/model/digest.ts';
import { secretsOf } from '../definition/model/requests.ts';
import {
  type Agent,
  type CallStep,
  imageOf,
  type Named,
  networkOf,
  type RunStep,
  type Step,
  type Tool,
} from '../definition/model/tool.ts';
import { callCycle } from '../definition/rules/errors/tool-references.ts';
import { ITEM_VARIABLES, inputVariable, isDangerousVariable, MARK_VARIABLE } from '../names.ts';
import type { JsonValue } from '../text/node.ts';
import { type Problem, problem, sortedProblems } from '../text/problem.ts';
import { agentProblems } from './agent-problems.ts';
import { type GivenArguments, missingArgument, resolveArguments } from './arguments.ts';
import { type Decision, decide, type GroupPolicy, requesterOf } from './grants.ts';
import { hostProblems } from './on-host.ts';
import type {
  Plan,
  PlannedBase,
  PlannedCall,
  PlannedRun,
  PlannedSecret,
  PlannedStep,
  PlannedToolCall,
} from './plan.ts';
import { secretProblems } from './secret-problems.ts';
import { type KnownInputs, plannedCondition, plannedItems, plannedText } from './static-evaluation.ts';
import { templateProblems } from './template-problems.ts';

export interface PlanRequest {
  readonly tool: Tool;
  readonly agent?: Agent;
  readonly given: GivenArguments;
  /** A run needs every required argument; a plan shows parts that depend on missing ones as undecided. */
  readonly argsMayBeMissing: boolean;
  /** Steps that name an image run on this machine, too. */
  readonly onHost?: boolean;
}

/** The inputs of a plan besides the request. Pure data and pure functions. */
export interface PlanWorld extends DigestWorld {
  /** Null where the repository has no vault. */
  readonly facts: GroupPolicy | null;
}

/** Variables that every host step gets from the machine (run/workspace/environment.ts fills them). */
export const MACHINE_VARIABLES = ['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ'] as const;

/** Variables that tell the step about itself. */
export const STEP_VARIABLES = ['LOCKSTEP_IDEMPOTENCY_KEY', 'LOCKSTEP_INPUT', 'LOCKSTEP_OUTPUT'] as const;

/** The place where the step runs adds these. */
const PLACE_VARIABLES = {
  host: [...MACHINE_VARIABLES, MARK_VARIABLE],
  sandbox: MACHINE_VARIABLES,
  container: [],
} as const;

/**
 * Keeps Python from importing files from the working directory or next to the script: in a pinned group everywhere,
 * else where Lockstep writes the script. A tool's own `env` can override it.
 */
export function importGuard(shell: string, pinned: boolean): Readonly<Record<string, string>> {
  return pinned || shell.trim().startsWith('python') ? { PYTHONSAFEPATH: '1' } : {};
}

const MAXIMUM_STEPS = 10_000;
const MAXIMUM_CALL_DEPTH = 100;

export function makePlan(request: PlanRequest, world: PlanWorld): Plan {
  const { tool, agent } = request;
  const resolved = resolveArguments(tool, request.given);
  const planner = new Planner(world, agent, request.onHost === true);
  const root = planner.call(tool, '', resolved.values, [...resolved.missing, ...resolved.refused]);
  const missing = request.argsMayBeMissing ? [] : resolved.missing.map((name) => missingArgument(tool, name));
  return {
    tool,
    ...(agent && { agent }),
    group: world.facts?.group ?? null,
    pinned: world.facts?.pinned ?? false,
    args: resolved.values,
    missingArgs: resolved.missing,
    root,
    problems: sortedProblems([
      ...missing,
      ...resolved.problems,
      ...agentProblems(tool, agent),
      ...planner.problems,
      ...secretProblems(root),
      ...templateProblems(root, resolved),
    ]),
  };
}

class Planner {
  readonly problems: Problem[] = [];
  readonly #world: PlanWorld;
  readonly #agent: Agent | undefined;
  readonly #onHost: boolean;
  readonly #digests: Digests;
  /** The calls from the plan's root to the present position of the planner. */
  readonly #path: Edge[] = [];
  /** What the nearest step around says. */
  #runsOn: readonly string[] | undefined;
  #steps = 0;

  constructor(world: PlanWorld, agent: Agent | undefined, onHost: boolean) {
    this.#world = world;
    this.#agent = agent;
    this.#onHost = onHost;
    this.#digests = new Digests(world);
  }

  /** @param prefix path of the calling step with a trailing `/`, or empty */
  call(tool: Tool, prefix: string, args: Readonly<Record<string, JsonValue>>, missing: readonly string[]): PlannedCall {
    const steps = tool.steps.flatMap((step): PlannedStep[] => {
      const path = prefix + step.id;
      const base = this.#base(step, path, { tool, args, missing });
      if (step.kind === 'run') return [this.#run(step, base, { tool, args, missing })];
      const called = this.#world.tools.get(step.tool.name);
      if (called === undefined || !this.#mayCall(tool, step)) return [];
      const around = this.#runsOn;
      this.#runsOn = step.runsOn ?? around;
      this.#path.push({ from: tool.name, to: step.tool });
      const call = this.call(called, `${path}/`, {}, [...called.args.keys()]);
      this.#path.pop();
      this.#runsOn = around;
      const planned: PlannedToolCall = { ...base, step, call };
      return [planned];
    });
    return { tool, steps };
  }

  /** Refuses definitions that call in circles or multiply by calling: planning them would never end. */
  #mayCall(tool: Tool, { tool: called }: CallStep): boolean {
    this.#steps += this.#world.tools.get(called.name)?.steps.length ?? 0;
    const first =
      called.name === tool.name ? this.#path.length : this.#path.findIndex(({ from }) => from === called.name);
    const isTooMuch = this.#steps > MAXIMUM_STEPS || this.#path.length >= MAXIMUM_CALL_DEPTH;
    if (first === -1 && !isTooMuch) return true;
    if (first !== -1) this.problems.push(callCycle([{ from: tool.name, to: called }, ...this.#path.slice(first)]));
    else if (this.problems.every(({ code }) => code !== 'reference/too-many')) this.problems.push(tooMany(called));
    return false;
  }

  #base(step: Step, stepPath: string, known: KnownInputs): PlannedBase {
    const condition = plannedCondition(step, known);
    const forEach = step.forEach && plannedItems(step.forEach, known);
    if (forEach?.fault !== undefined && condition !== 'skipped')
      this.problems.push(problem('expression/type', forEach.fault, { at: forEach.at }));
    const runsOn = step.runsOn ?? this.#runsOn;
    return {
      ...{ stepPath, condition, approval: this.#wantsApproval(step) },
      ...(forEach && { forEach: forEach.items }),
      ...(runsOn && { runsOn }),
    };
  }

  /** The step's own setting, or the agent's for the tool that the step calls, at any depth of the call tree. */
  #wantsApproval(step: Step): boolean {
    const entry = step.kind === 'call' && this.#agent ? agentToolFor(this.#agent, step.tool.name) : null;
    return step.approve === 'always' || entry?.approve === 'always';
  }

  #run(step: RunStep, base: PlannedBase, known: KnownInputs): PlannedRun {
    const { tool } = known;
    const { facts } = this.#world;
    const image = imageOf(tool, step);
    const secrets = this.#secrets(tool, step);
    const declared = [...(this.#agent?.env.keys() ?? []), ...tool.env.keys(), ...step.env.keys()];
    const own = [...[...tool.args.keys()].map(inputVariable), ...(step.forEach ? ITEM_VARIABLES : [])];
    const passed = (tool.settings.passEnv ?? []).filter((name) => !isDangerousVariable(name));
    const insteadOfImage = this.#onHost && image !== undefined;
    const network = networkOf(tool, step, insteadOfImage);
    const isContainer = image !== undefined && !insteadOfImage;
    const shell = step.shell ?? (isContainer ? 'sh' : 'bash');
    const executor = isContainer ? 'container' : tool.sandbox || network === 'none' ? 'sandbox' : 'host';
    const variables = new Set([
      ...Object.keys(importGuard(shell, facts?.pinned === true)),
      ...PLACE_VARIABLES[executor],
      ...STEP_VARIABLES,
      ...passed,
      ...own,
      ...declared,
    ]);
    if (insteadOfImage) {
      const pinnedGroup = secrets.length > 0 && facts?.pinned ? facts.group : undefined;
      this.problems.push(...hostProblems(tool, step, base.stepPath, pinnedGroup));
    }
    return {
      ...base,
      step,
      tool,
      executor,
      shell,
      ...(image && { image: plannedText(image, known) }),
      network,
      insteadOfImage,
      passed,
      variables: [...variables].sort(),
      secrets,
    };
  }

  #secrets(tool: Tool, step: RunStep): PlannedSecret[] {
    const { facts } = this.#world;
    // An agent asks for the tool that it calls itself, and not for the tools that this one calls.
    const requests = secretsOf(tool, step, this.#agent && this.#path.length === 0 ? [this.#agent] : []);
    if (facts === null) return requests.map((request) => ({ request, version: null, decision: WITHOUT_VAULT }));
    const asker = {
      ...requesterOf(tool, this.#agent, this.#digests),
      hasUnpinnedImage: this.#hasUnpinnedImage(tool, step),
    };
    return requests.map((request) => ({
      request,
      version: facts.secrets.get(request.name)?.version ?? null,
      decision: decide(request, asker, facts),
    }));
  }

  /** The images of a step's services count too, because the step sends data to them. */
  #hasUnpinnedImage(tool: Tool, step: RunStep): boolean {
    const image = imageOf(tool, step);
    const services = tool.container?.services ?? [];
    return image !== undefined && (hasUnpinnedImage(image) || services.some((one) => !CONTENT.test(one.image)));
  }
}

/** Whether no digest covers the image, because its content can change or an argument chooses it. */
function hasUnpinnedImage({ parts: [only, ...rest] }: Template): boolean {
  return typeof only !== 'string' || rest.length > 0 || !CONTENT.test(only);
}

const CONTENT = /@sha256:[0-9a-f]{64}$/;

function tooMany({ name, at }: Named): Problem {
  const limits = `${MAXIMUM_STEPS} steps, or calls ${MAXIMUM_CALL_DEPTH} deep`;
  return problem('reference/too-many', `with this call of ${name} the tool has more than ${limits}`, {
    at,
    hint: 'make fewer calls: let one tool do the work of several',
  });
}

const WITHOUT_VAULT: Decision = {
  granted: false,
  fault: 'unknown',
  reason: 'the repository has no vault',
  hint: 'lockstep init',
};
