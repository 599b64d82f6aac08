import { type InputSchema, inputSchemaOf } from '../definition/model/input-schema.ts';
import { type ToolSummary, toolSummary } from '../definition/model/tool-summary.ts';
import { type PlanReport, planReport } from '../plan/plan-report.ts';
import type { CheckReport } from '../project/checking/check.ts';
import { Project as ProjectCore } from '../project/project.ts';
import { ambientWorld } from '../project/repository/config.ts';
import type { JsonValue } from '../text/node.ts';
import { type Run, runOf, withValues } from './run.ts';
import { type Runs, runsOf } from './runs.ts';

export interface OpenProjectOptions {
  /** The repository's root. Default: found from the current folder, as the command line does. */
  readonly directory?: string;
  /** Used instead of `process.env`: identity, group, folders, and the steps' PATH, HOME, LANG, TZ, TMPDIR. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** An age identity file; default: LOCKSTEP_IDENTITY, LOCKSTEP_IDENTITY_FILE, the user's own. */
  readonly identityFile?: string;
  /**
   * Where runs live: on this machine, or in a PostgreSQL database, where workers carry them. Default: what lockstep.yaml
   * says, else this machine.
   */
  readonly engine?: 'local' | 'postgres';
  /** Called at most once, when the identity file is protected by a passphrase. */
  readonly askPassphrase?: (file: string) => Promise<string>;
}

export interface CallOptions {
  /** Argument values, validated against the tool's declarations. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly agent?: string;
  readonly group?: string;
  /**
   * `host`: steps that name an image run on this machine too; refused where they need other features of a container, or
   * the group is pinned.
   */
  readonly on?: 'host';
}

export interface RunCallOptions extends CallOptions {
  /** Ends the run gently, as `run.cancel()` does. */
  readonly signal?: AbortSignal;
  /**
   * Names the work where several runs may do the same, as when a workflow engine tries again: steps get
   * `LOCKSTEP_IDEMPOTENCY_KEY=KEY/STEP` instead of `RUN/STEP`. At most 1,000 printable characters, no secret value.
   */
  readonly idempotencyKey?: string;
  /** The limit of the whole run in milliseconds, besides the tool's own limit. */
  readonly timeoutMs?: number;
  /**
   * Called where a step or the agent has `approve: always`; the signal is aborted when the question is settled
   * elsewhere or the run is cancelled. Without it, and without `awaitApproval`, such a run is refused
   * (`run/not-approved`).
   */
  readonly approve?: (question: string, signal: AbortSignal) => Promise<boolean>;
  /** Waits for `lockstep runs approve`, or for `project.runs.approve`. */
  readonly awaitApproval?: boolean;
}

/** A tool, as a list or an agent framework shows it. */
export interface ToolDescription extends Omit<ToolSummary, 'args'> {
  /** JSON Schema of the arguments, an object. */
  readonly inputSchema: InputSchema;
}

/** A change of the repository's files, once they have settled. */
export interface ProjectChange {
  /** The report on the present definitions. */
  readonly report: CheckReport;
  /** Paths from the root; none at first. */
  readonly files: readonly string[];
  /** Whether plans and runs use the new definitions. If not, they have errors and the last good ones stay in force. */
  readonly loaded: boolean;
}

/**
 * A repository opened once. Its definitions are read when it is opened, and do not change until `reload()` or
 * `watch()`. Nothing here returns a secret value.
 */
export interface Project {
  /** Absolute path. */
  readonly root: string;
  /** The problems of all definitions, and of the vault as far as it can be read without a key. */
  check(): Promise<CheckReport>;
  /** Sorted by name. */
  tools(): readonly ToolDescription[];
  /** What would run, with the names of the secrets that each step gets. Needs no key; arguments may be left out. */
  plan(tool: string, options?: CallOptions): Promise<PlanReport>;
  /** Starts at once. Iterate the run for its events, or await `result()`. */
  run(tool: string, options?: RunCallOptions): Run;
  /** Earlier runs, and runs of other processes. */
  readonly runs: Runs;
  /** Reads the definitions again. @returns their problems; definitions with errors are not loaded */
  reload(): Promise<CheckReport>;
  /**
   * Yields at once, and at each change of definitions, settings and vault; loads definitions without errors. Ends with
   * the signal.
   */
  watch(signal: AbortSignal): AsyncIterable<ProjectChange>;
}

/** @throws LockstepError `project/not-found`, or `project/untrusted` where another user may have made the repository */
export async function openProject(options: OpenProjectOptions = {}): Promise<Project> {
  const { directory, identityFile, askPassphrase, engine } = options;
  const world = ambientWorld();
  const core = await ProjectCore.open({
    cwd: world.cwd,
    env: options.env ?? world.env,
    ...(directory !== undefined && { directory }),
    ...(identityFile !== undefined && { identityFile }),
    ...(askPassphrase && { askPassphrase }),
    ...(engine !== undefined && { engine }),
  });
  return {
    root: core.root,
    check: async () => (await core.check()).report,
    tools: () => toolsOf(core),
    plan: async (tool, call = {}) => planReport(await core.plan(tool, withValues(call))),
    run: (tool, call = {}) => runOf(core.run(tool, withValues(call))),
    runs: runsOf(core),
    reload: async () => (await core.reload()).report,
    watch: (signal) => changesOf(core, signal),
  };
}

function toolsOf({ snapshot }: ProjectCore): readonly ToolDescription[] {
  const tools = [...snapshot.catalog.tools.values()].map((tool) => {
    const { args: _, ...summary } = toolSummary(tool);
    return { ...summary, inputSchema: inputSchemaOf(tool) };
  });
  return tools.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function* changesOf(core: ProjectCore, signal: AbortSignal): AsyncGenerator<ProjectChange, void, undefined> {
  const { watchProject } = await import('../project/watching/watch.ts');
  for await (const { result, files, takenUp } of watchProject(core, signal))
    yield { report: result.report, files, loaded: takenUp };
}
