import { LockstepError } from '../../errors.ts';

/** The hash in groups of four characters, for people to compare. */
export function readableHash(hash: string): string {
  return hash.replace(/.{4}(?!$)/g, '$& ');
}

/** For a vault that this machine has not accepted. */
export function notAccepted(fingerprint: string): LockstepError {
  const message = `this machine does not trust the vault yet. Its fingerprint is\n  ${readableHash(fingerprint)}`;
  return new LockstepError('vault/untrusted', message, [
    'compare the fingerprint with a member of the vault, then: lockstep trust',
    'in CI set LOCKSTEP_TRUST to the hash that `lockstep trust` prints for a member',
  ]);
}

/** For a vault other than the one that LOCKSTEP_TRUST names. */
export function otherThanNamed(fingerprint: string, trust: string): LockstepError {
  const message = `LOCKSTEP_TRUST names the root\n  ${trust}\nwhich this vault does not have. Its fingerprint is\n  ${fingerprint}`;
  return new LockstepError('vault/untrusted', message, [
    'if the checkout is older than that root: git pull',
    'else compare the fingerprint with a member of the vault, and correct LOCKSTEP_TRUST',
  ]);
}
