import { setTimeout as pause } from 'node:timers/promises';
import { PostgresEngine } from '../src/engine/postgres/postgres-engine.ts';
import { type RunDetails, runDetails } from '../src/engine/run-details.ts';
import type { Project } from '../src/project/project.ts';
import type { EngineWorkshop } from '../test/rig/engine-workshop.ts';

/** Finer than the client's own, which would add up to 150 ms to a wait, more or less by chance. */
const LOOK_MS = 10;
/** By this a look is told from the statements that are measured. */
export const LOOK = 'SELECT ended IS NOT NULL AS over';

/** A program that has its project open, submits runs and waits for their results. */
export class Submitter {
  readonly #project: Project;
  readonly #engine: PostgresEngine;

  private constructor(project: Project, engine: PostgresEngine) {
    this.#project = project;
    this.#engine = engine;
  }

  static async open(rig: EngineWorkshop): Promise<Submitter> {
    const project = await rig.project();
    const engine = await project.engine();
    if (engine instanceof PostgresEngine) return new Submitter(project, engine);
    throw new Error('not in a database');
  }

  async submit(tool: string): Promise<string> {
    const outcome = await this.#project.run(tool, { detach: true }).result();
    if (outcome.run === null) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
    return outcome.run;
  }

  /** Waits until the run has succeeded, and reads what it did. */
  async succeeded(run: string): Promise<RunDetails> {
    const { database } = this.#engine;
    for (;;) {
      const [row] = await database.rows<{ over: boolean }>(`${LOOK} FROM lockstep.run WHERE id = $1`, [run]);
      if (row?.over) break;
      await pause(LOOK_MS);
    }
    const details = runDetails(await this.#engine.find(run), new Date());
    if (details.status !== 'succeeded') throw new Error(`${run}: ${details.status}`);
    return details;
  }
}
