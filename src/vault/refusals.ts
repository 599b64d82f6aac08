import { LockstepError } from '../errors.ts';
import { NAME_FORMS } from '../names.ts';

/** For a secret that neither the checkout nor this machine's memory has. */
export function noSuchSecret(group: string, name: string): LockstepError {
  return new LockstepError('secret/unknown', `there is no secret "${name}" in group "${group}"`, [
    `lockstep secret list --group ${group}`,
  ]);
}

/** For a name that no secret can have. */
export function notAName(): LockstepError {
  return new LockstepError('secret/unknown', `a secret's name is ${NAME_FORMS.secret}`, ['lockstep secret list']);
}

export function noSuchGroup(group: string, known: Iterable<string>): LockstepError {
  const message = `there is no group "${group}"; there is: ${[...known].join(', ')}`;
  return new LockstepError('group/unknown', message, ['lockstep group list']);
}

export function notAMember(recipient: string): LockstepError {
  return new LockstepError('vault/not-a-member', `the identity ${recipient} is not a member of the vault`, [
    'show the card that an admin adds with `lockstep member add`: lockstep whoami',
  ]);
}
