import type { NewIdentity } from '../../project/vault/new-identity.ts';

/** The card, and who can do something with it. */
export function newIdentityText({ identityFile, card, admins }: NewIdentity): string {
  return `${[
    `made your identity: ${identityFile} (keep a safe copy: without it the values are lost)`,
    `your card: ${card}`,
    admins === null
      ? 'next: an admin of a vault adds you with: lockstep member add NAME CARD --read GROUP'
      : `next: ${admins.join(' or ')} adds you with: lockstep member add NAME ${card} --read GROUP`,
  ].join('\n')}\n`;
}
