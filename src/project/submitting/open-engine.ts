import { Database } from '../../engine/postgres/database.ts';
import { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import { requireTables } from '../../engine/postgres/schema.ts';
import { LockstepError } from '../../errors.ts';
import type { Ambient, Config } from '../repository/config.ts';
import type { VaultAccess } from '../vault/vault-access.ts';
import { answerProof } from './job-proof.ts';

/** What an engine in a database is made of. */
interface EngineParts {
  readonly config: Config;
  readonly vault: VaultAccess;
  readonly env: Ambient;
  readonly now: () => Date;
}

/** @throws LockstepError `engine/unset` where the variable holds no URL of a PostgreSQL database */
export function openDatabase({ engine: { urlVariable } }: Config, env: Ambient): Database {
  const url = env[urlVariable] ?? '';
  if (isDatabaseUrl(url)) return new Database(url);
  // The URL is not shown: it may hold a password.
  const fault = url === '' ? 'does not say where' : 'is not the URL of a PostgreSQL database';
  throw new LockstepError('engine/unset', `the runs are to live in a database, and ${urlVariable} ${fault}`, [
    `export ${urlVariable}=postgres://USER:PASSWORD@HOST/DATABASE`,
    'run on this machine: --engine local',
  ]);
}

function isDatabaseUrl(url: string): boolean {
  try {
    const { protocol, username, password, pathname } = new URL(url);
    // The driver decodes them. The result is used: a minifier takes a call without one away.
    const isDecodable = [username, password, pathname].every((part) => decodeURIComponent(part).length <= part.length);
    return isDecodable && (protocol === 'postgres:' || protocol === 'postgresql:');
  } catch {
    return false;
  }
}

/** Runs of all checkouts of a repository are together: by its vault. @throws LockstepError `vault/missing`, `engine/...` */
export async function openEngine({ config, vault, env, now }: EngineParts): Promise<PostgresEngine> {
  const { id } = await vault.require();
  const database = openDatabase(config, env);
  await requireTables(database);
  return new PostgresEngine(database, id, { now, proof: answerProof(vault) });
}
