import { CONFIG_FILE } from '../repository/config.ts';
import type { Snapshot } from '../repository/snapshot.ts';

/** Names in the root that are watched: the settings, the vault, the folders of definitions, and Git's place. */
export function watchedNames({ config }: Snapshot): string[] {
  const folders = config.definitions.map(
    (folder) => folder.split('/').find((part) => part !== '' && part !== '.') ?? '',
  );
  return ['vault', CONFIG_FILE, '.git', ...folders];
}
