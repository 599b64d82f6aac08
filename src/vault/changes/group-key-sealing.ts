import { seal } from '../age/age.ts';
import type { AgeKey } from '../age/age-x25519.ts';
import type { Binding } from '../age/binding.ts';
import { encodeArmor } from '../age/encodings.ts';
import type { Member, SealedKey } from '../format/root-document.ts';

/** Identifies the sealed key and its vault. */
export interface SealedKeyId {
  readonly vault: string;
  readonly group: string;
  readonly epoch: number;
  /** Hash of the root that adds the key or its reader. */
  readonly root: string;
}

/** Seals a group's key for one reader. */
export async function sealForReader(
  key: AgeKey,
  { recipient }: Pick<Member, 'recipient'>,
  member: string,
  { vault, group, epoch, root }: SealedKeyId,
): Promise<SealedKey> {
  return sealKey(key, recipient, { of: 'key', vault, group, epoch, member, root });
}

/** Seals a group's key to the key that follows it: exactly the readers of that time can open it. */
export async function sealForSuccessor(
  key: AgeKey,
  successor: AgeKey,
  { vault, group, epoch, root }: SealedKeyId,
): Promise<SealedKey> {
  return sealKey(key, successor.recipient, { of: 'retired', vault, group, epoch, root });
}

async function sealKey(key: AgeKey, recipient: string, binding: Binding): Promise<SealedKey> {
  const secret = Buffer.from(`${key.secretText()}\n`);
  return { epoch: binding.epoch, sealed: encodeArmor(await seal(secret, recipient, binding)) };
}
