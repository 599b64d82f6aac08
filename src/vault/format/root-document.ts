import { isName } from '../../names.ts';
import { isX25519Recipient } from '../age/age-x25519.ts';
import { decodeBase64url } from '../age/encodings.ts';
import { isSha256, isSignature, isSigningKey } from '../age/signature.ts';
import { CanonicalWriter, requireCanonical } from './canonical.ts';
import { parseFields } from './canonical-parser.ts';
import { Fields } from './fields.ts';

export const ROOT_FORMAT = 'lockstep-vault/1';
export const ROOT_FILE = 'vault/vault.yaml';
const ID_BYTES = 12;

export interface Member {
  readonly recipient: string;
  /** Ed25519, unpadded base64url. Absent for a member who only reads. */
  readonly signing?: string;
  readonly admin: boolean;
}

export interface Group {
  readonly recipient: string;
  /** The number of the group's present key. */
  readonly epoch: number;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** Only grants by digest count. */
  readonly pinned: boolean;
}

/** One signed state of the members and groups. The chain of them begins at version 1. */
export interface RootLink {
  readonly version: number;
  /** Hex sha256 over the members and groups of this version. */
  readonly digest: string;
  /** The signing keys that may sign the next link, sorted. */
  readonly admins: readonly string[];
  readonly by: string;
  /** The members whom this version removed; absent where it removed none, and in links of Lockstep 0.1. */
  readonly removed?: readonly string[];
  /** Hash of the previous link; empty in the first. */
  readonly previous: string;
  readonly signature: string;
}

/** A group's identity, sealed to one reader or to the group's next key: armored age text. */
export interface SealedKey {
  readonly epoch: number;
  readonly sealed: string;
}

/** The content of vault/vault.yaml. Members and groups are those of the newest link. */
export interface RootDocument {
  readonly vault: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly groups: ReadonlyMap<string, Group>;
  /**
   * Names of groups that were removed or renamed, sorted; absent while there are none. Signed, and never used again.
   */
  readonly formerGroups?: readonly string[];
  readonly roots: readonly RootLink[];
  /** group -> reader -> key */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, SealedKey>>;
  /** group -> the previous key, sealed to the present one, until a re-key has moved every entry. */
  readonly retired?: ReadonlyMap<string, SealedKey>;
}

export function encodeRoot(document: RootDocument): string {
  const writer = new CanonicalWriter();
  writer.text('format', ROOT_FORMAT).text('vault', document.vault);
  writer.map('members', document.members, ({ recipient, signing, admin }) => {
    writer.text('recipient', recipient).text('signing', signing).flag('admin', admin);
  });
  writer.map('groups', document.groups, (group) => {
    writer.text('recipient', group.recipient).integer('epoch', group.epoch);
    writer.list('readers', group.readers).list('writers', group.writers).flag('pinned', group.pinned);
  });
  if (document.formerGroups !== undefined) writer.list('formerGroups', document.formerGroups);
  writer.items('roots', document.roots, (link) => {
    writer.integer('version', link.version).text('digest', link.digest).list('admins', link.admins);
    if (link.removed !== undefined) writer.list('removed', link.removed);
    writer.text('by', link.by).text('previous', link.previous).text('signature', link.signature);
  });
  const writeKey = ({ epoch, sealed }: SealedKey): void => {
    writer.integer('epoch', epoch).block('sealed', sealed);
  };
  writer.maps('keys', document.keys, writeKey);
  if (document.retired !== undefined && document.retired.size > 0) writer.map('retired', document.retired, writeKey);
  return writer.finish();
}

/** Decodes a root in canonical form; `verifyRoot` checks what the fields mean together. Throws `vault/malformed`. */
export function decodeRoot(text: string): RootDocument {
  const fields = new Fields(ROOT_FILE, parseFields(ROOT_FILE, text));
  if (fields.text('format') !== ROOT_FORMAT) throw fields.fault('format', `is not "${ROOT_FORMAT}"`);
  const document: RootDocument = {
    vault: fields.checked('vault', isVaultId, 'is not the id of a vault'),
    members: fields.map('members', readMember),
    groups: fields.map('groups', readGroup),
    ...(fields.has('formerGroups') && { formerGroups: readNames(fields, 'formerGroups', 'group') }),
    roots: fields.items('roots', readLink),
    keys: fields.maps('keys', readSealedKey),
    ...(fields.has('retired') && { retired: fields.map('retired', readSealedKey) }),
  };
  fields.close();
  requireCanonical(ROOT_FILE, text, encodeRoot(document));
  return document;
}

function isVaultId(text: string): boolean {
  return decodeBase64url(text, ID_BYTES) !== null;
}

function readMember(fields: Fields): Member {
  const signing = fields.optionalText('signing');
  if (signing !== undefined && !isSigningKey(signing)) throw fields.fault('signing', 'is not an Ed25519 public key');
  return {
    recipient: readRecipient(fields),
    ...(signing !== undefined && { signing }),
    admin: fields.flag('admin'),
  };
}

function readGroup(fields: Fields): Group {
  return {
    recipient: readRecipient(fields),
    epoch: fields.count('epoch'),
    readers: readNames(fields, 'readers'),
    writers: readNames(fields, 'writers'),
    pinned: fields.flag('pinned'),
  };
}

function readLink(fields: Fields): RootLink {
  const admins = fields.set('admins');
  if (!admins.every(isSigningKey)) throw fields.fault('admins', 'holds something that is not an Ed25519 public key');
  return {
    version: fields.count('version'),
    digest: fields.checked('digest', isSha256, 'is not a SHA-256'),
    admins,
    ...(fields.has('removed') && { removed: readNames(fields, 'removed') }),
    by: fields.checked('by', isMemberName, 'is not the name of a member'),
    previous: fields.checked('previous', (text) => text === '' || isSha256(text), 'is not a SHA-256'),
    signature: fields.checked('signature', isSignature, 'is not a signature'),
  };
}

function readSealedKey(fields: Fields): SealedKey {
  return { epoch: fields.count('epoch'), sealed: fields.block('sealed') };
}

function readRecipient(fields: Fields): string {
  return fields.checked('recipient', isX25519Recipient, 'is not an X25519 recipient (age1...)');
}

function readNames(fields: Fields, key: string, what: 'member' | 'group' = 'member'): readonly string[] {
  const names = fields.set(key);
  if (!names.every(isMemberName)) throw fields.fault(key, `holds something that is not the name of a ${what}`);
  return names;
}

function isMemberName(text: string): boolean {
  return isName('slug', text);
}
