import { LockstepError } from '../../errors.ts';
import { translatingAgeFaults } from '../age/age-file.ts';
import { AgeKey } from '../age/age-x25519.ts';
import { type BoundFile, type BoundTo, parseBound } from '../age/binding.ts';
import { decodeArmor } from '../age/encodings.ts';
import { type Entry, entryFile } from '../format/entry-document.ts';
import { boundFile } from '../format/entry-signature.ts';
import { VaultFault } from '../format/fault.ts';
import { ROOT_FILE, type RootDocument } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';
import { SecretValue } from '../secret-value.ts';
import { chainHashes } from './root-chain.ts';
import { isOfChain, keyMadeElsewhere, madeElsewhere } from './root-provenance.ts';

/** Opens entries with their group's key, which it opens once for an identity and keeps. */
export class GroupKeys {
  readonly #root: RootDocument;
  readonly #chain: readonly string[];
  readonly #opened = new WeakMap<Identity, Map<string, AgeKey>>();

  /** `root` has to be verified. */
  constructor(root: RootDocument) {
    this.#root = root;
    this.#chain = chainHashes(root);
  }

  /**
   * `member` owns `identity`. Throws `vault/not-a-member`, `vault/undecryptable`, `vault/tampered` or
   * `vault/malformed`.
   */
  open(entry: Entry, member: string, identity: Identity): SecretValue {
    const file = entryFile(entry.group, entry.name);
    const present = this.key(entry.group, member, identity);
    const isPresent = entry.epoch === this.#root.groups.get(entry.group)?.epoch;
    const key = isPresent ? present : this.#retiredKey(entry, present);
    const sealed = boundFile(this.#root.vault, entry);
    if (sealed === null)
      throw new VaultFault('vault/tampered', { file }, 'holds a value that was sealed for another place');
    if (!isOfChain(sealed, this.#chain)) throw madeElsewhere(entry);
    return new SecretValue(openAs(file, 'the value', key, sealed));
  }

  /** The group's present key. Throws as `open` does. */
  key(group: string, member: string, identity: Identity): AgeKey {
    const kept = this.#opened.get(identity) ?? new Map<string, AgeKey>();
    this.#opened.set(identity, kept);
    const key = kept.get(group) ?? this.#openKey(group, member, identity);
    kept.set(group, key);
    return key;
  }

  /** The group's previous key: during a re-key, entries that have not moved yet are sealed to it. */
  #retiredKey({ group, name, epoch }: Entry, present: AgeKey): AgeKey {
    const retired = this.#root.retired?.get(group);
    if (retired?.epoch !== epoch) {
      const file = entryFile(group, name);
      throw new VaultFault('vault/undecryptable', { file }, `is sealed to an older key of group "${group}"`, [
        `set it again: lockstep secret set ${name} --group ${group}`,
      ]);
    }
    const what = `the retired key of group "${group}"`;
    return this.#openSealed(what, present, retired.sealed, { of: 'retired', vault: this.#root.vault, group, epoch });
  }

  #openKey(group: string, member: string, identity: Identity): AgeKey {
    const what = `the key of group "${group}" for "${member}"`;
    const sealed = this.#root.keys.get(group)?.get(member);
    if (sealed === undefined) {
      const readers = this.#root.groups.get(group)?.readers.join(', ');
      throw new LockstepError(
        'vault/not-a-member',
        `"${member}" may not read group "${group}"; its readers are: ${readers}`,
        ['lockstep member list'],
      );
    }
    const binding: BoundTo = { of: 'key', vault: this.#root.vault, group, epoch: sealed.epoch, member };
    const key = this.#openSealed(what, identity, sealed.sealed, binding);
    if (key.recipient === this.#root.groups.get(group)?.recipient) return key;
    throw new VaultFault('vault/tampered', { file: ROOT_FILE }, `${what} is not the group's key`);
  }

  #openSealed(what: string, by: Pick<AgeKey, 'open'>, armored: string, binding: BoundTo): AgeKey {
    const bytes = decodeArmor(armored);
    const file = bytes === null ? null : parseBound(bytes, binding);
    if (file === null)
      throw new VaultFault('vault/tampered', { file: ROOT_FILE }, `${what} was sealed for another place`);
    if (!isOfChain(file, this.#chain)) throw keyMadeElsewhere(what);
    const text = Buffer.from(openAs(ROOT_FILE, what, by, file)).toString('latin1');
    const key = AgeKey.fromText(text.replace(/\n$/, ''));
    if (key !== null) return key;
    throw new VaultFault('vault/tampered', { file: ROOT_FILE }, `${what} holds no key`);
  }
}

const FAILURES = {
  malformed: ['vault/malformed', 'is damaged'],
  'no-match': ['vault/undecryptable', 'was sealed to another key'],
  tampered: ['vault/tampered', 'was changed after it had been sealed'],
} as const;

function openAs(file: string, what: string, key: Pick<AgeKey, 'open'>, { file: sealed }: BoundFile): Uint8Array {
  return translatingAgeFaults(
    () => key.open(sealed),
    ({ failure }) => {
      const [code, happened] = FAILURES[failure];
      return new VaultFault(code, { file }, `${what} ${happened}`);
    },
  );
}
