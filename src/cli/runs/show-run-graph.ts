import { loadScriptFiller } from '../../definition/scripts/script-filler.ts';
import type { JournaledRun } from '../../engine/read-journal.ts';
import { LockstepError } from '../../errors.ts';
import { makePlan } from '../../plan/make-plan.ts';
import type { Project } from '../../project/project.ts';
import type { Context } from '../context.ts';
import { runGraph } from '../render/graph.ts';
import { say } from '../terminal/say.ts';

/**
 * Prints a run as a flowchart of the present definitions: a step that no longer exists is not drawn. The chart shows no
 * grants, so it needs neither the vault nor the agent.
 * @throws LockstepError `definition/unknown` where the tool no longer exists
 */
export async function showRunGraph(
  context: Context,
  project: Project,
  { header, recorded }: JournaledRun,
): Promise<void> {
  const { tools } = project.snapshot.catalog;
  const tool = tools.get(header.tool);
  if (tool === undefined)
    throw new LockstepError('definition/unknown', `the tool of the run, "${header.tool}", no longer exists`, [
      `lockstep runs show ${header.run}`,
      'lockstep check',
    ]);
  await loadScriptFiller(tools.values());
  const request = { tool, given: { values: header.args }, argsMayBeMissing: true };
  const { root } = makePlan(request, { tools, facts: null, files: () => [] });
  const reports = [...recorded.values()].map(({ report }) => report);
  say(context.stdout, runGraph(root, reports));
}
