import { agentDigest, type DigestWorld, toolDigest } from '../definition/model/digest.ts';
import type { Agent, Tool } from '../definition/model/tool.ts';
import type { RunEngine } from '../engine/run-engine.ts';
import { RunStore } from '../engine/run-store.ts';
import type { Plan } from '../plan/plan.ts';
import { newRunId } from '../run/interpreter/run-id.ts';
import type { CheckResult } from './checking/check.ts';
import type { GroupChoice } from './checking/group-problems.ts';
import { type Ambient, userFoldersOf } from './repository/config.ts';
import type { EngineName } from './repository/engine-settings.ts';
import { findAgent, findTool } from './repository/find-definition.ts';
import { findRoot } from './repository/find-root.ts';
import { digestWorld, rememberFacts } from './repository/listed-files.ts';
import { pathInside } from './repository/path-inside.ts';
import type { ProjectOptions } from './repository/project-options.ts';
import { readSnapshot, type Snapshot } from './repository/snapshot.ts';
import type { PlanOptions, RunOptions } from './runs/call-options.ts';
import type { RunRequest } from './runs/launch.ts';
import type { Repository, Served } from './runs/prepare.ts';
import { type ResumeOptions, requestResume, requestRetry } from './runs/resume.ts';
import { Run, type RunStart } from './runs/run-handle.ts';
import type { SandboxReport } from './runs/sandbox.ts';
import { EngineChoice } from './submitting/engine-choice.ts';
import type { BeginRemote, ContinueHow } from './submitting/remote-runs.ts';
import { VaultAccess } from './vault/vault-access.ts';

/** One repository: the composition root, and the methods that every face calls. */
export class Project {
  readonly root: string;
  readonly runs: RunStore;
  readonly #env: Ambient;
  readonly #clock: () => Date;
  readonly #engine: EngineChoice;
  #snapshot: Snapshot;
  #vault: VaultAccess;
  #served: Pick<Repository, 'mark' | 'pipes'> = {};
  /** The runs of this process that have not ended. */
  readonly #active = new Map<string, Run>();

  private constructor(options: ProjectOptions, root: string, snapshot: Snapshot) {
    this.root = root;
    this.#env = options.env;
    this.#clock = options.clock ?? (() => new Date());
    this.#snapshot = snapshot;
    this.#vault = new VaultAccess({ ...options, root });
    this.runs = new RunStore(userFoldersOf(options.env).state, root, this.now);
    this.#engine = new EngineChoice(this, options.engine);
  }

  /** Reads the definitions as they are now. @throws LockstepError `project/not-found`, `project/untrusted` */
  static async open(options: ProjectOptions): Promise<Project> {
    const root = findRoot(options);
    return new Project(options, root, await readSnapshot(root, userFoldersOf(options.env).cache));
  }

  /** @param snapshot of this root, which has been read already */
  static of(options: ProjectOptions, root: string, snapshot: Snapshot): Project {
    return new Project(options, root, snapshot);
  }

  /** The definitions as they were when the project was opened or last reloaded. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The vault on the disk, or the one that belongs to the snapshot in force. */
  get vault(): VaultAccess {
    return this.#vault;
  }

  /** Where runs live by `--engine` and lockstep.yaml. */
  get engineName(): EngineName {
    return this.#engine.name;
  }

  /** The runs, wherever they live. @throws LockstepError `engine/unset`, `vault/missing` */
  engine(): Promise<RunEngine> {
    return this.#engine.open();
  }

  /** The time by the project's clock. */
  readonly now = (): Date => this.#clock();

  /** `YYYY-MM-DD`, in UTC. */
  today(): string {
    return this.now().toISOString().slice(0, 10);
  }

  /** Reads the present definitions; they are not in force yet. */
  readSnapshot(extra: readonly string[] = []): Promise<Snapshot> {
    return readSnapshot(this.root, userFoldersOf(this.#env).cache, extra);
  }

  /**
   * From now on plans and runs use this snapshot; runs in progress keep the one that they started with. The snapshot
   * must be complete.
   * @param served absent: the vault on the disk counts
   */
  useSnapshot(snapshot: Snapshot, served?: Served): void {
    this.#snapshot = snapshot;
    if (served === undefined) return;
    this.#vault = this.#vault.at(served.kept);
    this.#served = { mark: served.mark, pipes: served.pipes };
  }

  /** Reads the definitions again, and uses them from now on unless they have errors. */
  async reload(): Promise<CheckResult> {
    const { checkSnapshot } = await import('./checking/check.ts');
    const snapshot = await this.readSnapshot();
    const result = await checkSnapshot(snapshot, this.vault, { today: this.today() });
    if (result.report.ok) this.useSnapshot(snapshot);
    return result;
  }

  /**
   * @param paths files or folders, relative to `cwd`; only their problems are reported. Files elsewhere are read too.
   * @param staged reports the problems of the files that are staged in Git, and the errors of all others
   */
  async check(
    paths: readonly string[] = [],
    cwd = this.root,
    { staged = false, ...choice }: GroupChoice & { readonly staged?: boolean } = {},
  ): Promise<CheckResult> {
    const { checkSnapshot } = await import('./checking/check.ts');
    const options = { today: this.today(), ...choice };
    if (staged) {
      const { stagedPaths } = await import('./git/scan-sources.ts');
      const within = await stagedPaths(this.root, this.#env);
      return checkSnapshot(this.snapshot, this.vault, { ...options, within, errorsElsewhere: true });
    }
    if (paths.length === 0) return checkSnapshot(this.snapshot, this.vault, options);
    const within = paths.map((path) => pathInside(this.root, path, cwd));
    const extra = within.filter(
      (path) => /\.(?:ya?ml|json)$/i.test(path) && path !== 'lockstep.yaml' && !path.startsWith('vault/'),
    );
    const snapshot = extra.length === 0 ? this.snapshot : await this.readSnapshot(extra);
    return checkSnapshot(snapshot, this.vault, { ...options, within });
  }

  tool(name: string): Tool {
    return findTool(this.snapshot, name);
  }

  agent(name: string): Agent {
    return findAgent(this.snapshot, name);
  }

  /** Needs no key. Arguments may be left out. Throws the vault's own error for a vault file that is damaged. */
  async plan(tool: string, options: PlanOptions = {}): Promise<Plan> {
    const { prepare } = await import('./runs/prepare.ts');
    return (await prepare(this, tool, options, true)).plan;
  }

  /** What the sandboxed steps of a plan see on this machine; null where the plan has none. */
  async sandbox(plan: Plan): Promise<SandboxReport | null> {
    return (await import('./runs/sandbox.ts')).describeSandbox(this, this.#env, plan);
  }

  run(tool: string, options: RunOptions = {}): Run {
    if (this.engineName === 'local') return this.#start({ tool, options });
    const run = newRunId(this.now());
    return this.#remote(run, options, (workers, start) => workers.submit({ run, tool, options }, start));
  }

  /** `runs resume` and `runs retry`, wherever the run lives. @throws LockstepError as `resume` and `retry` do */
  async continueRun(name: string, how: ContinueHow, options: ResumeOptions = {}): Promise<Run> {
    if (this.engineName === 'local')
      return how.again ? this.retry(name, how.from, options) : this.resume(name, options);
    const before = (await (await this.engine()).find(name)).header.run;
    const run = how.again ? newRunId(this.now()) : before;
    return this.#remote(run, options, (workers, start) => workers.goOn({ run, before, how }, options, start));
  }

  /** A run that workers carry. */
  #remote(id: string, options: RunOptions, begin: BeginRemote): Run {
    const begun = async (start: RunStart) => {
      const { RemoteRuns } = await import('./submitting/remote-runs.ts');
      return begin(new RemoteRuns(this.#repository(), this.#env, await this.engine()), start);
    };
    return this.#started(new Run(id, options, begun, true));
  }

  #started(run: Run): Run {
    this.#active.set(run.id, run);
    const over = () => this.#active.delete(run.id);
    run.ended.then(over, over);
    return run;
  }

  /**
   * Continues a run whose process is gone: finished steps do not run again. @throws LockstepError `run/unknown`,
   * `run/not-resumable`
   */
  resume(name: string, options: ResumeOptions = {}): Run {
    return this.#start(requestResume(this.runs.find(name), options));
  }

  /**
   * Starts a new run with the finished steps of an earlier one.
   * @param from a step to repeat; absent: all that did not succeed
   */
  retry(name: string, from: string | undefined, options: ResumeOptions = {}): Run {
    return this.#start(requestRetry(this.runs.find(name), from, this.snapshot.catalog.tools, options));
  }

  /**
   * Cancels a run of this process, or tells the process that runs it to end.
   * @returns its whole name
   * @throws LockstepError `run/unknown`, `run/not-resumable` where it is not running
   */
  async cancel(name: string, atOnce: boolean): Promise<string> {
    const engine = await this.engine();
    const { run } = (await engine.find(name)).header;
    const active = this.#active.get(run);
    if (active === undefined || active.isRemote) return engine.cancel(run, atOnce);
    if (atOnce) active.kill();
    else active.cancel();
    return run;
  }

  #start(request: RunRequest): Run {
    const id = request.past?.continues?.run ?? newRunId(this.now());
    const repository = this.#repository();
    const begun = async (start: RunStart) =>
      (await import('./runs/start-run.ts')).startRun(repository, this.#env, request, start);
    return this.#started(new Run(id, request.options, begun));
  }

  /** As it is now: a reload while a run starts does not change what it runs. */
  #repository(): Repository {
    const { root, snapshot, vault, runs, now } = this;
    return { root, snapshot, vault, runs, now, ...this.#served };
  }

  /** The hex sha256 that a pinned grant of the tool names, over its files as they are now. */
  digest(tool: Tool): string | undefined {
    return toolDigest(tool, this.#digestWorld());
  }

  /** The hex sha256 that a pinned grant of the agent names, over its tools' files as they are now. */
  agentDigest(agent: Agent): string | undefined {
    return agentDigest(agent, this.#digestWorld());
  }

  #digestWorld(): DigestWorld {
    return digestWorld(this.snapshot.catalog, rememberFacts(this.root));
  }
}
