import type { Step, Tool } from './tool.ts';

/** What lockstep.yaml changes about one tool: it counts into the tool's digest. */
export type ToolSettings = {
  /** `{{ }}` of the scripts are filled with any value. */
  readonly rawTemplates?: true;
  /** The variables of `passEnv` that are passed on, sorted. */
  readonly passEnv?: readonly string[];
  /** Of a tool with sandboxed steps. */
  readonly sandbox?: SandboxList;
};

/** What sandboxed steps see beside programs, the repository and their own folder. */
export interface SandboxList {
  /** Absolute, or from the home folder with `~/`. */
  readonly bind: readonly string[];
  /** Of the host's loopback. */
  readonly ports: readonly number[];
}

/** What lockstep.yaml says of tools. */
export interface RepositorySettings {
  /** Names of the tools whose scripts are filled with any value. */
  readonly rawTemplates: ReadonlySet<string>;
  /** Variables of the caller's environment that are passed to the tools that ask for them. */
  readonly passEnv: ReadonlySet<string>;
  readonly sandbox: SandboxList;
}

export const NO_SETTINGS: RepositorySettings = {
  rawTemplates: new Set(),
  passEnv: new Set(),
  sandbox: { bind: [], ports: [] },
};

/** A grant to the tool without these settings is not one to the tool with them. */
export function withSettings(tool: Tool, { rawTemplates, passEnv, sandbox }: RepositorySettings): Tool {
  const passed = tool.passEnv.map(({ name }) => name).filter((name) => passEnv.has(name));
  const isRaw = rawTemplates.has(tool.name);
  const showsMore = isSandboxed(tool) && (sandbox.bind.length > 0 || sandbox.ports.length > 0);
  const settings: ToolSettings = {
    ...(isRaw && { rawTemplates: true }),
    ...(passed.length > 0 && { passEnv: [...new Set(passed)].sort() }),
    ...(showsMore && { sandbox }),
  };
  return { ...tool, settings, ...(isRaw && { steps: tool.steps.map(withRawTemplate) }) };
}

function isSandboxed({ sandbox, network, steps }: Tool): boolean {
  return sandbox || network === 'none' || steps.some((step) => step.does === 'run' && step.network === 'none');
}

function withRawTemplate(step: Step): Step {
  if (step.does !== 'run' || step.template === undefined) return step;
  return { ...step, template: { ...step.template, raw: true } };
}
