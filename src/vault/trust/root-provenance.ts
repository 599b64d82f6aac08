import { type BoundFile, type BoundTo, parseBound } from '../age/binding.ts';
import { decodeArmor } from '../age/encodings.ts';
import { isSignedBy } from '../age/signature.ts';
import { type Entry, entryFile } from '../format/entry-document.ts';
import { VaultFault } from '../format/fault.ts';
import { ROOT_FILE, type RootDocument } from '../format/root-document.ts';
import { linkBytes } from './root-chain.ts';

/*
 * Checks where the parts of a vault come from. Anyone can copy a sealed key and a ciphertext into their own vault; a
 * removed admin can do so from a root of their time. The root in the header of each part shows where it belongs.
 */

/**
 * Requires that the member whom the newest root names signed it, and that each sealed key was made under a root of this
 * chain.
 * @param chain the hashes of all roots
 * @throws VaultFault `vault/tampered`
 */
export function requireProvenance(document: RootDocument, chain: readonly string[]): void {
  const { vault, members, roots, keys, groups, retired } = document;
  const newest = roots.at(-1);
  const signing = members.get(newest?.by ?? '')?.signing;
  if (
    newest !== undefined &&
    (signing === undefined || !isSignedBy(signing, linkBytes(vault, newest), newest.signature))
  )
    throw new VaultFault(
      'vault/tampered',
      { file: ROOT_FILE },
      `root ${newest.version} names "${newest.by}", who did not sign it`,
    );
  for (const [group, sealed] of keys) {
    for (const [member, { epoch, sealed: armored }] of sealed)
      requireOfChain(
        armored,
        { of: 'key', vault, group, epoch, member },
        chain,
        `the key of group "${group}" for "${member}"`,
      );
  }
  for (const [group, { epoch, sealed }] of retired ?? [])
    if (groups.has(group))
      requireOfChain(sealed, { of: 'retired', vault, group, epoch }, chain, `the retired key of group "${group}"`);
}

function requireOfChain(armored: string, place: BoundTo, chain: readonly string[], what: string): void {
  const bytes = decodeArmor(armored);
  const file = bytes === null ? null : parseBound(bytes, place);
  if (file !== null && !isOfChain(file, chain)) throw keyMadeElsewhere(what);
}

export function isOfChain({ root }: BoundFile, chain: readonly string[]): boolean {
  return root === undefined || chain.includes(root);
}

export function keyMadeElsewhere(what: string): VaultFault {
  return new VaultFault(
    'vault/tampered',
    { file: ROOT_FILE },
    `${what} was made under a root that this vault does not have`,
  );
}

/** The members whom the roots after this version removed. Roots of Lockstep 0.1 only show the removal of admins. */
export function removedSince({ roots }: RootDocument, version: number | undefined): readonly string[] {
  if (version === undefined) return [];
  const names = roots.slice(version).flatMap(({ removed, admins }, at) => {
    const before = roots[version + at - 1]?.admins ?? [];
    return removed ?? (before.every((key) => admins.includes(key)) ? [] : ['an admin']);
  });
  return [...new Set(names)];
}

/** For a value that is as its writer made it, but under a root that is not in this chain. */
export function madeElsewhere({ group, name }: Entry): VaultFault {
  const what = 'holds a value that was made under a root which this vault does not have';
  return new VaultFault('vault/tampered', { file: entryFile(group, name) }, what, [
    'if vault/vault.yaml is older than the secret: git pull (or git merge)',
    `if a merge took another vault/vault.yaml, set it again: lockstep secret set ${name} --group ${group}`,
  ]);
}
