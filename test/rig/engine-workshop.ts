import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresEngine } from '../../src/engine/postgres/postgres-engine.ts';
import { type RunDetails, runDetails } from '../../src/engine/run-details.ts';
import { Project } from '../../src/project/project.ts';
import type { RunOptions } from '../../src/project/runs/call-options.ts';
import type { Postgres } from './postgres.ts';
import { LOCKSTEP } from './repository.ts';
import { RunningProgram } from './running-program.ts';
import { type Values, Workshop } from './workshop.ts';

const AUTHOR = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example',
};

/** A tool that holds a lock while it waits at a gate, and marks when it went in and out. */
export const ALONE = {
  'tools/alone.yaml': `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: one
    lock: shared
    run: echo in >> "$INPUT_MARKS"; read x < "$INPUT_GATE"; echo out >> "$INPUT_MARKS"
`,
};

/** A repository whose runs live in a database of its own; workers are processes of the built program. */
export class EngineWorkshop implements AsyncDisposable {
  readonly shop: Workshop;
  readonly url: string;
  readonly #postgres: Postgres;
  readonly #workers: RunningProgram[] = [];
  readonly #engines: PostgresEngine[] = [];
  #reads: Promise<PostgresEngine> | undefined;

  private constructor(shop: Workshop, url: string, postgres: Postgres) {
    this.shop = shop;
    this.url = url;
    this.#postgres = postgres;
    shop.env.LOCKSTEP_DATABASE_URL = url;
  }

  static async open(
    postgres: Postgres,
    files: Readonly<Record<string, string>>,
    values: Values = {},
  ): Promise<EngineWorkshop> {
    const url = await postgres.database();
    const workshop = new EngineWorkshop(await Workshop.open(files, values), url, postgres);
    workshop.git('init', '-q', '-b', 'main');
    workshop.commit();
    return workshop;
  }

  git(...args: readonly string[]): string {
    const env = { ...this.shop.env, ...AUTHOR };
    return execFileSync('git', [...args], { cwd: this.shop.root, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  /** Everything as it is now. */
  commit(): string {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  async project(clock: () => Date = () => new Date()): Promise<Project> {
    const project = await this.#project(clock);
    this.#engines.push(await engineOf(project));
    return project;
  }

  #project(clock: () => Date): Promise<Project> {
    const { root, env } = this.shop;
    return Project.open({ cwd: root, directory: root, env, engine: 'postgres', clock });
  }

  /** Puts a run into its queue, with the definitions as they are now, and returns its name. */
  async submit(tool: string, options: RunOptions = {}): Promise<string> {
    const project = await this.#project(() => new Date());
    const engine = await engineOf(project);
    return submitted(project, tool, options).finally(() => engine.database.close());
  }

  /** Takes runs when this resolves. */
  worker(...args: readonly string[]): Promise<RunningProgram> {
    return this.workerWith({}, ...args);
  }

  /** @param url another way to the same database */
  workerOver(url: string, ...args: readonly string[]): Promise<RunningProgram> {
    return this.workerWith({ LOCKSTEP_DATABASE_URL: url }, ...args);
  }

  /** On a machine with these variables. */
  async workerWith(own: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<RunningProgram> {
    const env = { ...this.shop.env, ...own };
    const worker = new RunningProgram({ root: this.shop.root, env }, ['worker', ...args]);
    this.#workers.push(worker);
    await worker.until('takes runs');
    return worker;
  }

  /** The name under which a worker stands in the database. */
  static nameOf(worker: RunningProgram): string {
    return /worker (\S+) takes runs/.exec(worker.said)?.[1] ?? '';
  }

  /** Each start of a step, with the worker to which it was sent. */
  async startedOn(run: string): Promise<[step: string, worker: string | undefined][]> {
    const rows = await this.query(
      `SELECT line FROM lockstep.line WHERE run = '${run}' AND type = 'step-started' ORDER BY epoch, n`,
    );
    return rows.map(({ line }) => {
      const { step, worker } = JSON.parse(String(line)) as { step: string; worker?: string };
      return [step, worker];
    });
  }

  async show(run: string): Promise<RunDetails> {
    return runDetails(await (await this.#reader()).find(run), new Date());
  }

  /** Waits until the run has ended. */
  async ended(run: string): Promise<RunDetails> {
    const never = new AbortController();
    for await (const _ of (await this.#reader()).lines(run, { follow: true, signal: never.signal }));
    return this.show(run);
  }

  /** What has run does not depend on the definitions. */
  #reader(): Promise<PostgresEngine> {
    this.#reads ??= this.project().then(engineOf);
    return this.#reads;
  }

  /** Waits until it is so. */
  async status(run: string, status: RunDetails['status']): Promise<void> {
    while ((await this.show(run)).status !== status) await pause(100);
  }

  lockstep(...args: readonly string[]): { readonly code: number; readonly stdout: string; readonly stderr: string } {
    try {
      const options = { cwd: this.shop.root, env: this.shop.env, encoding: 'utf8', stdio: 'pipe' } as const;
      return { code: 0, stdout: execFileSync(process.execPath, [LOCKSTEP, ...args], options), stderr: '' };
    } catch (error) {
      const { status = -1, stdout = '', stderr = '' } = error as { status?: number; stdout?: string; stderr?: string };
      return { code: status, stdout, stderr };
    }
  }

  query(sql: string): Promise<Record<string, unknown>[]> {
    return this.#postgres.query(this.url, sql);
  }

  /** The lines that steps have left under this name. */
  marks(name: string): readonly string[] {
    const path = join(this.shop.place, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) await worker[Symbol.asyncDispose]();
    for (const engine of this.#engines) await engine.database.close();
    this.shop[Symbol.dispose]();
  }
}

export async function submitted(project: Project, tool: string, options: RunOptions = {}): Promise<string> {
  const outcome = await project.run(tool, { ...options, detach: true }).result();
  if (outcome.run === null) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome.run;
}

async function engineOf(project: Project): Promise<PostgresEngine> {
  const engine = await project.engine();
  if (engine instanceof PostgresEngine) return engine;
  throw new Error('not in a database');
}
