import { type Entry, entryFile } from '../format/entry-document.ts';
import { boundFile } from '../format/entry-signature.ts';
import { type VaultProblem, vaultProblemOf } from '../format/fault.ts';
import type { RootDocument } from '../format/root-document.ts';
import type { VaultStore } from '../vault-folder.ts';
import { misplacedFiles } from './misplaced.ts';
import { chainHashes } from './root-chain.ts';
import { isOfChain, madeElsewhere } from './root-provenance.ts';

export interface Survey {
  readonly findings: readonly VaultProblem[];
  /** The number of sound secrets in each group. */
  readonly groups: readonly { readonly group: string; readonly secrets: number }[];
}

/** All faults in the files of a vault. */
export async function survey(
  store: VaultStore,
  document: RootDocument,
  read: (group: string) => Promise<{ entries: readonly Entry[]; findings: readonly VaultProblem[] }>,
): Promise<Survey> {
  const names = [...document.groups.keys()];
  const chain = chainHashes(document);
  const perGroup = await Promise.all(
    names.map(async (group) => {
      const { entries, findings } = await read(group);
      const foreign = entries.flatMap((entry) => foreignValue(document, chain, entry));
      return { group, secrets: entries.length - foreign.length, findings: [...findings, ...foreign] };
    }),
  );
  return {
    findings: [...perGroup.flatMap(({ findings }) => findings), ...misplacedFiles(store, names, document.formerGroups)],
    groups: perGroup.map(({ group, secrets }) => ({ group, secrets })),
  };
}

/**
 * The fault of a value that this chain cannot open. It can be listed and set again, so the entry itself is not faulty.
 */
function foreignValue({ vault }: RootDocument, chain: readonly string[], entry: Entry): readonly VaultProblem[] {
  const bound = boundFile(vault, entry);
  const isOurs = bound !== null && isOfChain(bound, chain);
  return isOurs ? [] : [vaultProblemOf(madeElsewhere(entry), entryFile(entry.group, entry.name))];
}
