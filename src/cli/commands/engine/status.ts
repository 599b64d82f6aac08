import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class EngineStatus extends BaseCommand {
  static override summary = 'Show what the database holds: runs by status, and the workers';
  static override examples = [
    { command: 'lockstep engine status', description: 'is there a worker, and what does it do?' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(EngineStatus);
    const project = await this.project({ ...flags, engine: 'postgres' });
    const { engineStatus } = await import('../../../project/workers/engine-status.ts');
    const status = await engineStatus(project);
    const { engineText } = await import('../../render/engine.ts');
    await this.print(flags, status, () => engineText(status));
    return EXIT.ok;
  }
}
