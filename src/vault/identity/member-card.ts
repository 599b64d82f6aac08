import { isX25519Recipient } from '../age/age-x25519.ts';
import { isSigningKey } from '../age/signature.ts';

/** The public keys with which a member is added to a vault. A member without a signing key can only read. */
export interface MemberCard {
  readonly recipient: string;
  readonly signing?: string;
}

/** `age1...:SIGNINGKEY`, as `whoami` prints it. */
export function cardText({ recipient, signing }: MemberCard): string {
  return signing === undefined ? recipient : `${recipient}:${signing}`;
}

/** A card, or an age recipient alone; null for anything else. */
export function parseCard(text: string): MemberCard | null {
  const [recipient = '', signing, ...rest] = text.trim().split(':');
  if (rest.length > 0 || !isX25519Recipient(recipient)) return null;
  if (signing === undefined) return { recipient };
  return isSigningKey(signing) ? { recipient, signing } : null;
}
