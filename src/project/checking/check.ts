import type { Catalog } from '../../definition/model/catalog.ts';
import { IGNORE, withSettings } from '../../definition/reading/rule-settings.ts';
import { knownSecrets } from '../../definition/rules/errors/known-secrets.ts';
import { ADVICE, allProblems, RULES } from '../../definition/rules/index.ts';
import { loadScriptFiller } from '../../definition/scripts/script-filler.ts';
import { loadCron } from '../../definition/values/cron.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import { type ProblemReport, problemReport } from '../../text/problem-report.ts';
import { withoutIgnoredText } from '../git/ignored-files.ts';
import { fileFaults, rememberFacts } from '../repository/listed-files.ts';
import { isWithin } from '../repository/path-inside.ts';
import type { Snapshot } from '../repository/snapshot.ts';
import type { VaultAccess } from '../vault/vault-access.ts';
import { withoutConsequences } from './consequences.ts';
import { dueProblem } from './due.ts';
import { grantAdvice } from './grant-advice.ts';
import { type GroupChoice, groupsToServe, unknownGroups } from './group-problems.ts';
import { repositoryFactsOf } from './repository-facts.ts';
import { vaultFacts } from './vault-problems.ts';

/** The documented JSON of `check` (DESIGN: faces). */
export interface CheckReport {
  readonly ok: boolean;
  readonly problems: readonly ProblemReport[];
  readonly counts: {
    readonly files: number;
    readonly tools: number;
    readonly agents: number;
    readonly errors: number;
    readonly warnings: number;
  };
}

/** What `check` found, with the source texts that a terminal's excerpts need. */
export interface CheckResult {
  readonly problems: readonly Problem[];
  readonly report: CheckReport;
}

export interface CheckOptions extends GroupChoice {
  /** `YYYY-MM-DD`: the day that the dates of secrets are compared with. */
  readonly today: string;
  /** Keeps the problems of these paths (files or folders, relative to the root); absent: all. */
  readonly within?: readonly string[];
  /** Also keeps the errors of all other paths. */
  readonly errorsElsewhere?: boolean;
}

export async function checkSnapshot(
  snapshot: Snapshot,
  access: VaultAccess,
  { today, within = [''], errorsElsewhere = false, ...choice }: CheckOptions,
): Promise<CheckResult> {
  const { catalog, config, unreadable, root } = snapshot;
  const vault = await vaultFacts(root, () => access.open());
  await loadScriptFiller(catalog.tools.values());
  if ([...catalog.tools.values()].some(({ triggers }) => triggers.schedules.length > 0)) await loadCron();
  const listed = rememberFacts(root);
  const rules = vault.unreadable ? RULES.filter((rule) => rule !== knownSecrets) : RULES;
  const context = {
    catalog,
    secretNames: vault.secretNames,
    groups: groupsToServe(access, config, vault, choice),
    fileFaults: fileFaults(catalog, listed),
    // If files cannot be read, the tools that ask for a secret are not all known.
    ...(unreadable.length === 0 && { repositoryFacts: repositoryFactsOf(snapshot, vault.entries, listed) }),
  };
  const definitions = withoutConsequences(allProblems(context, [...rules, ...ADVICE]), catalog);
  const grants = hasErrors(definitions) ? [] : grantAdvice(snapshot, vault.groups, vault.entries, listed);
  const due = vault.entries.flatMap((entry) => dueProblem(root, entry, today));
  const misnamed = unknownGroups(access, config, vault, choice);
  const found = [...config.problems, ...misnamed, ...unreadable, ...definitions, ...grants, ...due, ...vault.problems];
  const kept = withSettings(await withoutIgnoredIn(catalog, found), config.rules);
  const all = sortedProblems(await withoutIgnoredText(kept, root, access.env));
  const isShown = ({ at, severity }: Problem) =>
    at === undefined || isWithin(at.source.path, within) || (errorsElsewhere && severity === 'error');
  const problems = all.filter(isShown);
  const errors = problems.filter((one) => one.severity === 'error').length;
  const counts = {
    files: catalog.files + unreadable.length,
    tools: catalog.tools.size,
    agents: catalog.agents.size,
    errors,
    warnings: problems.filter((one) => one.severity === 'warning').length,
  };
  return { problems, report: { ok: errors === 0, problems: problems.map(problemReport), counts } };
}

/** Loads the YAML library, which finds comments, only if a file may have an ignore comment. */
async function withoutIgnoredIn({ tools, agents }: Catalog, problems: readonly Problem[]): Promise<readonly Problem[]> {
  const sources = [...new Set([...tools.values(), ...agents.values()].map(({ source }) => source))];
  if (!sources.some(({ text }) => text.includes(IGNORE))) return problems;
  const { withoutIgnored } = await import('../../definition/reading/ignore-comments.ts');
  return withoutIgnored(problems, sources);
}
