import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class EngineMigrate extends BaseCommand {
  static override summary = 'Make or update the tables of the database';
  static override description =
    'The database is the one that $LOCKSTEP_DATABASE_URL names, or the variable in lockstep.yaml. Do it once before the first worker, and after an update of Lockstep.';
  static override examples = [{ command: 'lockstep engine migrate', description: 'with a user that may make tables' }];
  static override flags = { json: jsonFlag };
  static override writes = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(EngineMigrate);
    const project = await this.project({ ...flags, engine: 'postgres' });
    const [{ openDatabase }, { migrate, TABLES_VERSION }] = await Promise.all([
      import('../../../project/submitting/open-engine.ts'),
      import('../../../engine/postgres/schema.ts'),
    ]);
    const before = await migrate(openDatabase(project.snapshot.config, this.context.env));
    const text =
      before === TABLES_VERSION ? 'nothing to do' : before === null ? 'made the tables' : 'updated the tables';
    await this.print(flags, { version: TABLES_VERSION, before }, `${text} (version ${TABLES_VERSION})\n`);
    return EXIT.ok;
  }
}
