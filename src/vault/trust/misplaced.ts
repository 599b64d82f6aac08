import { entryFile } from '../format/entry-document.ts';
import { VaultFault, type VaultProblem, vaultProblemOf } from '../format/fault.ts';
import { listGroupFolder, listVaultFolders, type VaultStore } from '../vault-folder.ts';

/** Files and folders that a vault may not hold, or not side by side: the listing of a folder is not signed. */
export function misplacedFiles(
  place: Pick<VaultStore, 'root' | 'kept'>,
  groups: readonly string[],
  former: readonly string[] = [],
): readonly VaultProblem[] {
  const strangers = listVaultFolders(place).filter((folder) => !groups.includes(folder));
  return [
    ...groups.flatMap((group) => misplacedIn(place, group)),
    ...strangers.map((folder) =>
      former.includes(folder)
        ? misplaced(`vault/${folder}`, 'is the folder of a group that was removed or renamed', [
            `set again elsewhere what was added to it meanwhile, then: lockstep group remove ${folder}`,
          ])
        : misplaced(`vault/${folder}`, 'is not the folder of a group'),
    ),
  ];
}

/** The name in the list that a case-insensitive file system would treat as `name`. */
export function twinOf(name: string, names: readonly string[]): string | undefined {
  return names.find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
}

function misplacedIn(place: Pick<VaultStore, 'root' | 'kept'>, group: string): readonly VaultProblem[] {
  const { names, strays } = listGroupFolder(place, group);
  const twins = names.flatMap((name) => {
    const twin = twinOf(name, names);
    return twin === undefined ? [] : misplaced(entryFile(group, name), `differs from "${twin}" in case only`);
  });
  return [...twins, ...strays.map((file) => misplaced(file, 'has a name that no secret can have'))];
}

function misplaced(file: string, what: string, hints?: readonly string[]): VaultProblem {
  return vaultProblemOf(new VaultFault('vault/malformed', { file }, what, hints), file);
}
