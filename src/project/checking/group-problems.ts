import { type Problem, problem } from '../../text/problem.ts';
import { nearest } from '../../text/suggestion.ts';
import { CONFIG_FILE, type Config } from '../repository/config.ts';
import type { VaultAccess } from '../vault/vault-access.ts';
import type { VaultFacts } from './vault-problems.ts';

/** Which groups have to hold the secrets that tools ask for: all, the named one, or the one that `run` would choose. */
export interface GroupChoice {
  readonly allGroups?: boolean;
  readonly group?: string;
}

type Known = Pick<VaultFacts, 'namesIn'>;

/** Empty if the vault has several groups and none is named: then any of them may hold a secret. */
export function groupsToServe(
  access: VaultAccess,
  config: Config,
  { namesIn }: Known,
  { allGroups = false, group }: GroupChoice,
): ReadonlyMap<string, ReadonlySet<string>> {
  if (allGroups) return namesIn;
  const named = access.namedGroup(config, group)?.name;
  return new Map([...namesIn].filter(([name]) => (named === undefined ? namesIn.size === 1 : name === named)));
}

/** Groups that the vault does not have, named by lockstep.yaml or by a setting that overrides it. */
export function unknownGroups(
  access: VaultAccess,
  config: Config,
  { namesIn }: Known,
  { group }: GroupChoice,
): Problem[] {
  if (namesIn.size === 0) return [];
  const named = access.namedGroup(config, group);
  const inFile = config.group === undefined ? [] : [{ name: config.group, by: CONFIG_FILE, at: config.groupAt }];
  const before = named === undefined || named.by === CONFIG_FILE ? [] : [{ ...named, at: undefined }];
  return [...before, ...inFile].flatMap(({ name, by, at }) => {
    if (namesIn.has(name)) return [];
    const meant = nearest(name, namesIn.keys());
    return problem('reference/unknown-group', `${by} names the group "${name}", which the vault does not have`, {
      at,
      hint: meant === undefined ? `there is: ${[...namesIn.keys()].join(', ')}` : `did you mean "${meant}"?`,
    });
  });
}
