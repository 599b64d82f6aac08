import type { Tool } from '../../definition/model/tool.ts';
import type { GrantedSecret, RepositoryFacts } from '../../definition/rules/rule.ts';
import { parseGrant } from '../../grant.ts';
import { SourceFile } from '../../text/source.ts';
import { statBeneath } from '../../util/beneath.ts';
import { type Entry, entryFile } from '../../vault/format/entry-document.ts';
import type { ListedFacts } from '../repository/listed-files.ts';
import { readSource } from '../repository/read-source.ts';
import type { Snapshot } from '../repository/snapshot.ts';
import { atField } from './vault-problems.ts';

/** The facts that advice is based on; each is read when a rule asks for it. */
export function repositoryFactsOf(
  { root, config }: Snapshot,
  entries: readonly Entry[],
  listed: (tool: Tool) => ListedFacts,
): RepositoryFacts {
  return {
    secrets: entries.map((entry) => grantedSecret(root, entry)),
    passEnv: config.passEnv,
    isFile: (path) => statBeneath(root, path)?.isFile() === true,
    listed: (tool) => new Set(listed(tool).facts.map(([path]) => path)),
    text: (path) => {
      const read = readSource(root, path);
      return read instanceof SourceFile ? read.text : undefined;
    },
  };
}

function grantedSecret(root: string, { name, group, allow }: Entry): GrantedSecret {
  const grants = allow.flatMap((text) => parseGrant(text) ?? []);
  return { name, group, allow: grants, at: () => atField(root, entryFile(group, name), 'allow') };
}
