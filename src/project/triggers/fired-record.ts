import type { Project } from '../project.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';
import { type FiredRecord, FiredTimes } from './fired-times.ts';

/** Where runs live in a database, all servers of the repository share the record. @throws LockstepError `engine/...` */
export async function firedRecord(project: Project, env: Ambient): Promise<FiredRecord> {
  if (project.engineName === 'local') return new FiredTimes(userFoldersOf(env).state, project.root);
  const [{ FiredRows }, { openDatabase }, { requireTables }] = await Promise.all([
    import('../../engine/postgres/fired-rows.ts'),
    import('../submitting/open-engine.ts'),
    import('../../engine/postgres/schema.ts'),
  ]);
  const database = openDatabase(project.snapshot.config, env);
  await requireTables(database);
  return new FiredRows(database, (await project.vault.require()).id);
}
