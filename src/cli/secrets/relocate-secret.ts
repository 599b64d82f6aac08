import { string } from '@oclif/core/flags';
import type { Project } from '../../project/project.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { toggle } from '../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

/** The description of `secret move` and `secret copy`. */
export const RELOCATION_TEXT =
  'Only a writer of both groups can do this. The value is sealed again, so that only the readers of the other group can open it there. The description and the dates go with it; grants only with --with-grants.';

export const RELOCATION_FLAGS = {
  to: string({ required: true, helpValue: 'GROUP', description: 'the other group' }),
  'with-grants': toggle('keep its grants in the other group'),
  group: groupFlag,
  identity: identityFlag,
  json: jsonFlag,
};

interface Relocation {
  readonly to: string;
  readonly 'with-grants': boolean;
  readonly group: string | undefined;
  readonly json: boolean;
  readonly move: boolean;
}

/** Moves or copies a secret, prints what it did, and returns the exit code. */
export async function relocate(
  context: Context,
  project: Project,
  name: string,
  { to, group, json, move, 'with-grants': withGrants }: Relocation,
): Promise<number> {
  const { copySecret } = await import('../../project/secrets/secret-relocation.ts');
  const secret = await copySecret(project, name, { to, withGrants, move, ...(group !== undefined && { group }) });
  if (json) (await import('../render/json.ts')).printJson(context, secret);
  else {
    const grants = secret.allow.join(', ') || 'nobody yet';
    say(context.stdout, `${move ? 'moved' : 'copied'} ${secret.name} to ${to}; granted there to ${grants}\n`);
  }
  return EXIT.ok;
}
