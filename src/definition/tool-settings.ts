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
