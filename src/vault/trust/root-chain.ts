import { isName } from '../../names.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { translatingAgeFaults } from '../age/age-file.ts';
import { type BoundTo, parseBound } from '../age/binding.ts';
import { decodeArmor } from '../age/encodings.ts';
import { isSignedBy, sha256, signedBytes } from '../age/signature.ts';
import { VaultFault } from '../format/fault.ts';
import { type Group, type Member, ROOT_FILE, type RootDocument, type RootLink } from '../format/root-document.ts';
import type { Identity } from '../identity/identity.ts';

type Unsigned = Omit<RootLink, 'signature'>;
type State = Pick<RootDocument, 'members' | 'groups' | 'formerGroups'>;

/**
 * Verifies the chain and the meaning of the document. Returns the hash of every link in order; the first is the vault's
 * fingerprint. Throws `vault/tampered` for content that no admin signed, `vault/malformed` for content that makes no
 * sense.
 */
export function verifyRoot(document: RootDocument): readonly string[] {
  const hashes = verifyLinks(document.vault, document.roots);
  const newest = document.roots.at(-1);
  if (newest?.digest !== stateDigest(document))
    throw tampered('members or groups are not what the newest root was signed for');
  if (newest.admins.join() !== adminKeys(document.members).join()) {
    throw tampered('the admins of the newest root are not the admins among the members');
  }
  requireSense(document);
  requireSealedKeys(document);
  requireRetiredKeys(document);
  return hashes;
}

/** The state that the next link signs, with the chain so far. */
export type NextState = Omit<RootDocument, 'keys' | 'retired'>;

/**
 * Signs the next link of a chain, or the first link of an empty chain. `identity` has to be an admin of the newest
 * link.
 * @param removed the members whom this link removes
 */
export function signLink(next: NextState, by: string, identity: Identity, removed: readonly string[] = []): RootLink {
  const link = nextLink(next, by, removed);
  return { ...link, signature: identity.sign(linkBytes(next.vault, link)) };
}

/** The hash that this link will have: ciphertexts sealed with it name it. */
export function nextHash(next: NextState, by: string, removed: readonly string[] = []): string {
  return linkHash(next.vault, nextLink(next, by, removed));
}

/** The hashes of a verified chain, in order. */
export function chainHashes({ vault, roots }: Pick<RootDocument, 'vault' | 'roots'>): readonly string[] {
  const newest = roots.at(-1);
  return newest === undefined ? [] : [...roots.slice(1).map(({ previous }) => previous), linkHash(vault, newest)];
}

function nextLink(next: NextState, by: string, removed: readonly string[]): Unsigned {
  const { vault, members, roots } = next;
  const before = roots.at(-1);
  return {
    version: (before?.version ?? 0) + 1,
    digest: stateDigest(next),
    admins: adminKeys(members),
    ...(removed.length > 0 && { removed }),
    by,
    previous: before === undefined ? '' : linkHash(vault, before),
  };
}

function verifyLinks(vault: string, roots: readonly RootLink[]): readonly string[] {
  const hashes: string[] = [];
  for (const [index, link] of roots.entries()) {
    const place = `root ${link.version}`;
    if (link.version !== index + 1) throw tampered(`${place} is in the place of root ${index + 1}`);
    if (link.previous !== (hashes.at(-1) ?? '')) throw tampered(`${place} does not follow the root before it`);
    if (link.admins.length === 0) throw malformed(`${place} has no admin`);
    const bytes = linkBytes(vault, link);
    const signers = roots[index - 1]?.admins ?? link.admins;
    if (!signers.some((key) => isSignedBy(key, bytes, link.signature)))
      throw tampered(`${place} is not signed by an admin`);
    hashes.push(sha256(bytes));
  }
  return hashes;
}

function linkHash(vault: string, link: Unsigned): string {
  return sha256(linkBytes(vault, link));
}

/** The bytes that the signature of a link covers. */
export function linkBytes(vault: string, { version, digest, admins, removed, by, previous }: Unsigned): Uint8Array {
  return signedBytes('root', { vault, version, digest, admins, ...(removed && { removed }), by, previous });
}

function stateDigest({ members, groups, formerGroups }: State): string {
  const meaning = {
    members: plain(members, ({ admin, ...member }) => ({ ...member, ...(admin && { admin }) })),
    groups: plain(groups, ({ pinned, ...group }) => ({ ...group, ...(pinned && { pinned }) })),
    ...(formerGroups !== undefined && { formerGroups }),
  };
  return sha256(canonicalJson(meaning));
}

function plain<T>(map: ReadonlyMap<string, T>, each: (value: T) => object): object {
  const result: Record<string, object> = Object.create(null);
  for (const [name, value] of map) result[name] = each(value);
  return result;
}

function adminKeys(members: ReadonlyMap<string, Member>): readonly string[] {
  const keys = [...members.values()].filter((member) => member.admin).map((member) => member.signing ?? '');
  return keys.sort();
}

function requireSense({ members, groups, formerGroups }: State): void {
  for (const [name, member] of members) {
    if (!isName('slug', name)) throw malformed(`"${name}" is not a name that a member can have`);
    if (member.admin && member.signing === undefined) throw malformed(`the admin "${name}" has no signing key`);
  }
  requireDistinct(members);
  if (groups.size === 0) throw malformed('there is no group');
  for (const [name, group] of groups) requireGroupSense(name, group, members);
  if (formerGroups?.length === 0) throw malformed('the list of former groups is empty');
  const again = formerGroups?.find((name) => groups.has(name));
  if (again !== undefined) throw malformed(`"${again}" is a group and a former group`);
}

/** A key shared by two members would let one act as the other. */
function requireDistinct(members: ReadonlyMap<string, Member>): void {
  const keys = [...members.values()].flatMap(({ recipient, signing }) => [
    recipient,
    ...(signing === undefined ? [] : [signing]),
  ]);
  if (new Set(keys).size !== keys.length) throw malformed('two members have the same key');
}

function requireGroupSense(name: string, group: Group, members: ReadonlyMap<string, Member>): void {
  if (!isName('slug', name)) throw malformed(`"${name}" is not a name that a group can have`);
  const strangers = [...group.readers, ...group.writers].filter((member) => !members.has(member));
  if (strangers.length > 0) throw malformed(`group "${name}" names "${strangers[0]}", who is not a member`);
  const mute = group.writers.find((member) => members.get(member)?.signing === undefined);
  if (mute !== undefined) throw malformed(`"${mute}" writes in group "${name}" but has no signing key`);
}

/** Requires exactly one key for each reader, sealed for that place. Only the reader can tell whether it opens. */
function requireSealedKeys({ vault, groups, keys }: RootDocument): void {
  if (keys.size !== groups.size) throw malformed('the sealed keys do not cover exactly the groups');
  for (const [group, { epoch, readers }] of groups) {
    const sealed = keys.get(group);
    if (sealed === undefined || [...sealed.keys()].sort().join() !== readers.join())
      throw malformed(`the sealed keys of group "${group}" do not cover exactly its readers`);
    for (const [member, key] of sealed) {
      if (key.epoch !== epoch)
        throw malformed(`the key of "${member}" in group "${group}" is not of the group's epoch`);
      requireBound(key.sealed, { of: 'key', vault, group, epoch, member });
    }
  }
}

/**
 * Requires a retired key to be of the epoch just before the present one: each re-key is finished before the next
 * begins.
 */
function requireRetiredKeys({ vault, groups, retired = new Map() }: RootDocument): void {
  for (const [group, { epoch, sealed }] of retired) {
    if (groups.get(group)?.epoch !== epoch + 1)
      throw malformed(`the retired key of group "${group}" is not of the epoch before the present one`);
    requireBound(sealed, { of: 'retired', vault, group, epoch });
  }
}

function requireBound(armored: string, binding: Exclude<BoundTo, { of: 'entry' }>): void {
  const whose = binding.of === 'key' ? `the sealed key of "${binding.member}"` : 'the retired key';
  const place = `${whose} in group "${binding.group}"`;
  const bytes = decodeArmor(armored);
  if (bytes === null) throw malformed(`${place} is not canonical age armor`);
  const file = translatingAgeFaults(
    () => parseBound(bytes, binding),
    ({ message }) => malformed(`${place} is ${message}`),
  );
  if (file === null) throw tampered(`${place} was sealed for another place`);
}

function tampered(what: string): VaultFault {
  return new VaultFault('vault/tampered', { file: ROOT_FILE }, what);
}

function malformed(what: string): VaultFault {
  return new VaultFault('vault/malformed', { file: ROOT_FILE }, what);
}
