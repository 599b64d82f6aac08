import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { text } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class EnginePrune extends BaseCommand {
  static override summary = 'Remove runs of this repository that ended long ago from the database';
  static override examples = [
    { command: 'lockstep engine prune --older-than 30d', description: 'once a day, by cron' },
  ];
  static override flags = {
    'older-than': text('DAYS', 'runs that ended longer ago than this: 30d (default: 30d)'),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(EnginePrune);
    const [, days] = /^(\d{1,5})d$/.exec(flags['older-than'] ?? '30d') ?? [];
    if (days === undefined)
      throw new LockstepError('usage/invalid', '--older-than takes a number of days', [
        'lockstep engine prune --older-than 30d',
      ]);
    const project = await this.project({ ...flags, engine: 'postgres' });
    const { pruneEngine } = await import('../../../project/workers/engine-status.ts');
    const removed = await pruneEngine(project, Number(days));
    await this.print(flags, { removed }, `removed ${removed.length} run${removed.length === 1 ? '' : 's'}\n`);
    return EXIT.ok;
  }
}
