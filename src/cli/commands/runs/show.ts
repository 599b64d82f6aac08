import type { JournaledRun } from '../../../engine/read-journal.ts';
import { runDetails } from '../../../engine/run-details.ts';
import type { Project } from '../../../project/project.ts';
import { EXIT } from '../../exit-code.ts';
import type { Suite } from '../../render/junit.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { optionalArgument, toggle } from '../../syntax/flags.ts';
import { engineFlag, jsonFlag, junitFlag, requireOneForm } from '../../syntax/shared-flags.ts';

export default class RunsShow extends BaseCommand {
  static override summary = 'Show what a run did: its arguments, its steps, its outputs';
  static override aliases = ['runs get'];
  static override examples = [
    { command: 'lockstep runs show 20261122t170301', description: 'the beginning of a name is enough' },
    { command: 'lockstep runs show 20261122t170301 --graph', description: 'a flowchart of how each step ended' },
  ];
  static override args = {
    run: optionalArgument('the run: the beginning or the end of its name is enough (default: the newest)'),
  };
  static override flags = {
    graph: toggle('print the steps as a Mermaid flowchart, each with how it ended'),
    junit: junitFlag,
    engine: engineFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsShow);
    requireOneForm(flags, 'lockstep runs show --help');
    const project = await this.project(flags);
    const { runText } = await import('../../render/runs.ts');
    const engine = await project.engine();
    const journaled = await engine.find(args.run);
    const details = await engine.details(journaled);
    if (flags.graph)
      await (await import('../../runs/show-run-graph.ts')).showRunGraph(this.context, project, journaled);
    else await this.print(flags, details, () => runText(details));
    if (flags.junit !== undefined) {
      const { writeJunit } = await import('../../runs/write-junit.ts');
      await writeJunit(this.context, flags.junit, await journaledSuite(project, journaled));
    }
    return EXIT.ok;
  }
}

/** For a run that has not ended, reports the steps so far. */
async function journaledSuite(project: Project, journaled: JournaledRun): Promise<Suite> {
  const { suiteOf } = await import('../../render/junit.ts');
  const { journaledFailures } = await import('../../runs/print-logs.ts');
  const failures = await journaledFailures(project, journaled.header.run, new AbortController().signal);
  if (journaled.report !== undefined) return suiteOf(journaled.report, failures);
  const { standing } = await import('../../render/runs.ts');
  const details = runDetails(journaled, project.now());
  const { run, tool, durationMs, steps } = details;
  return { run, tool, durationMs, steps, failures, succeeded: false, error: standing(details) };
}
