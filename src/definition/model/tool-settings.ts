import type { Words } from '../scripts/template/template.ts';

/** What lockstep.yaml changes about one tool: the tool's digest covers it. */
export type ToolSettings = {
  /** Any value may fill the `{{ }}` of the scripts. */
  readonly rawTemplates?: true;
  /** Argument -> how an unquoted `{{ }}` inserts its value. */
  readonly templateWords?: Readonly<Record<string, Words>>;
  /** The variables of `passEnv` that are passed on, sorted. */
  readonly passEnv?: readonly string[];
  /** What the container gets for the files of the machine that it asks for: path -> secret, or another path. */
  readonly machineFiles?: Readonly<Record<string, MachineSource>>;
  /** The settings of a tool with sandboxed steps. */
  readonly sandbox?: SandboxList;
};

/** A secret, by its name, or a file of the machine. */
export type MachineSource = string | { readonly file: string };

/** What sandboxed steps see besides programs, the repository and their own folder. */
export interface SandboxList {
  /** Absolute, or from the home folder with `~/`. */
  readonly bind: readonly string[];
  /** Ports of the host's loopback. */
  readonly ports: readonly number[];
}

/** The settings of lockstep.yaml for the `{{ }}` of tools. */
export interface TemplateSettings {
  /** Names of the tools whose scripts may be filled with any value, unchanged. */
  readonly raw: ReadonlySet<string>;
  /** Tool -> argument -> how an unquoted `{{ }}` inserts its value. */
  readonly words: ReadonlyMap<string, ReadonlyMap<string, Words>>;
}

/** The settings of lockstep.yaml for tools. */
export interface RepositorySettings {
  readonly templates: TemplateSettings;
  /** Variables of the caller's environment that are passed to the tools that ask for them. */
  readonly passEnv: ReadonlySet<string>;
  readonly sandbox: SandboxList;
  /** The path of a file of the machine, `~/` for the home folder -> what replaces it. */
  readonly machineFiles?: ReadonlyMap<string, MachineFile>;
}

/** What a container gets where its tool asks for a file of the machine: a secret of the vault, or a file. */
export type MachineFile = { readonly secret: string } | HandedFile;

/** A machine's file that lockstep.yaml hands out, if the machine's user accepts it (project/runs/machine-files.ts). */
export type HandedFile = {
  /** Absolute, or from the home folder with `~/`. */
  readonly file: string;
  /** Names or patterns of the tools that get it. */
  readonly tools: readonly string[];
};

export const NO_SETTINGS: RepositorySettings = {
  templates: { raw: new Set(), words: new Map() },
  passEnv: new Set(),
  sandbox: { bind: [], ports: [] },
};
