import type { Project } from '../../project/project.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { say } from '../terminal/say.ts';

interface ListFlags {
  readonly group: string | undefined;
  readonly json: boolean;
}

/** Prints the secrets of a group, or those that match `words`, and returns the exit code. */
export async function listSecrets(
  context: Context,
  project: Project,
  { group, json }: ListFlags,
  words?: string,
): Promise<number> {
  const { Secrets } = await import('../../project/secrets/secrets.ts');
  const found = await new Secrets(project).list(group, words);
  if (json) (await import('../render/json.ts')).printJson(context, found);
  else say(context.stdout, (await import('../render/secrets.ts')).secretListText(found, context.color.stdout, words));
  return found.findings.length === 0 ? EXIT.ok : EXIT.world;
}
