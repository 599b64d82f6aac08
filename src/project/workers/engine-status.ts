import { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import { TABLES_VERSION } from '../../engine/postgres/schema.ts';
import type { WorkerSummary } from '../../engine/run-engine.ts';
import { InternalError } from '../../errors.ts';
import type { Project } from '../project.ts';

/** What `engine status` shows of this repository. */
export interface EngineStatus {
  /** The version of the tables. */
  readonly version: number;
  readonly runs: {
    readonly queued: number;
    readonly running: number;
    readonly waiting: number;
    readonly ended: number;
  };
  readonly workers: readonly WorkerSummary[];
}

/** @throws LockstepError `engine/...` */
export async function engineStatus(project: Project): Promise<EngineStatus> {
  const engine = await postgresOf(project);
  return { version: TABLES_VERSION, runs: await engine.counts(), workers: await engine.workers() };
}

/** @returns the names of the runs that were removed */
export async function pruneEngine(project: Project, days: number): Promise<readonly string[]> {
  return (await postgresOf(project)).pruneOlder(days);
}

async function postgresOf(project: Project): Promise<PostgresEngine> {
  const engine = await project.engine();
  if (engine instanceof PostgresEngine) return engine;
  throw new InternalError('the engine is not in a database');
}
