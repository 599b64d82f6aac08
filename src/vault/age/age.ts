import type { Identity as AgeIdentity, Recipient, Stanza as StanzaOfAge } from 'age-encryption';
import { type Binding, bindingArgs } from './binding.ts';

/*
 * The only file that uses age-encryption, which is loaded on first use: to seal, and for passphrases. age-x25519.ts
 * opens files for X25519 keys.
 */

/** A binary age file that holds `value` for one X25519 recipient, bound to its place. */
export async function seal(value: Uint8Array, recipient: string, binding: Binding): Promise<Uint8Array> {
  const { Encrypter, Stanza } = await import('age-encryption');
  const bound: Recipient = { wrapFileKey: () => [new Stanza([...bindingArgs(binding)], new Uint8Array(0))] };
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  encrypter.addRecipient(bound);
  return encrypter.encrypt(value);
}

/** A binary age file that holds `value` for people who know the passphrase (scrypt, with the library's work factor). */
export async function wrapInPassphrase(value: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return encrypter.encrypt(value);
}

/** Null when the passphrase is wrong. Throws the error of age-encryption for a file that is not passphrase-wrapped. */
export async function openWithPassphrase(file: Uint8Array, passphrase: string): Promise<Uint8Array | null> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  const wrong = new WrongPassphrase();
  decrypter.addIdentity(wrong);
  try {
    return await decrypter.decrypt(file);
  } catch (error) {
    if (wrong.wasAsked) return null;
    throw error;
  }
}

/**
 * Consulted only after the passphrase failed: distinguishes a wrong passphrase from a broken file without parsing
 * messages.
 */
class WrongPassphrase implements AgeIdentity {
  wasAsked = false;

  unwrapFileKey(_stanzas: StanzaOfAge[]): null {
    this.wasAsked = true;
    return null;
  }
}
