import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { choice, text } from '../../syntax/flags.ts';
import { engineFlag, jsonFlag } from '../../syntax/shared-flags.ts';
import { say } from '../../terminal/say.ts';

const STATUSES = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'unknown',
] as const;

export default class RunsList extends BaseCommand {
  static override summary = 'List the runs of this repository, newest first';
  static override aliases = ['runs ls'];
  static override examples = [{ command: 'lockstep runs list --status failed', description: 'runs to try again' }];
  static override flags = {
    tool: text('TOOL', 'only runs of this tool'),
    status: choice(STATUSES, 'only runs with this status'),
    engine: engineFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(RunsList);
    const project = await this.project(flags);
    const { runListText, standing } = await import('../../render/runs.ts');
    const { runs: all, unreadable } = await (await project.engine()).list();
    const runs = all
      .filter((one) => flags.tool === undefined || one.tool === flags.tool)
      .filter((one) => flags.status === undefined || standing(one) === flags.status);
    await this.print(flags, { runs, unreadable }, () => runListText(runs));
    for (const path of unreadable)
      say(
        this.context.stderr,
        `note: ${path} cannot be read: it is damaged, or a newer Lockstep wrote it (if it is damaged: rm '${path}')\n`,
      );
    return EXIT.ok;
  }
}
