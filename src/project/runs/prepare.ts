import type { Catalog } from '../../definition/model/catalog.ts';
import { Digests } from '../../definition/model/digest.ts';
import { agentRequests, requestsOf } from '../../definition/model/requests.ts';
import { type Agent, callTree, type SecretRequest, type Tool } from '../../definition/model/tool.ts';
import { unfillableTemplates } from '../../definition/rules/advice/unfillable-templates.ts';
import { agentSecrets } from '../../definition/rules/errors/agent-secrets.ts';
import { duplicateOf } from '../../definition/rules/errors/duplicate-names.ts';
import { knownSecrets } from '../../definition/rules/errors/known-secrets.ts';
import { listedFiles } from '../../definition/rules/errors/listed-files.ts';
import { allProblems, RULES } from '../../definition/rules/index.ts';
import { findProblems } from '../../definition/rules/walk.ts';
import { loadScriptFiller } from '../../definition/scripts/script-filler.ts';
import type { RunStore } from '../../engine/run-store.ts';
import type { GroupPolicy } from '../../plan/grants.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { type Plan, plannedRuns } from '../../plan/plan.ts';
import type { PipeMaker } from '../../process/output-pipes.ts';
import { isAdvice, type Problem, placeKey, sortedProblems } from '../../text/problem.ts';
import type { Entry } from '../../vault/format/entry-document.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeptVault } from '../../vault/vault-folder.ts';
import { withoutIgnoredText } from '../git/ignored-files.ts';
import { requireSoundConfig } from '../repository/config.ts';
import { findAgent, findTool } from '../repository/find-definition.ts';
import { digestWorld, fileFaults, type ListedFiles, rememberListed } from '../repository/listed-files.ts';
import type { Snapshot } from '../repository/snapshot.ts';
import { groupPolicy, type VaultAccess } from '../vault/vault-access.ts';
import type { PlanOptions } from './call-options.ts';
import { machineFileProblems } from './machine-files.ts';
import { sandboxProblems } from './sandbox-list.ts';

/** The name of a snapshot that a server holds. */
export interface SnapshotMark {
  /** A hash of all files that the snapshot was read from. */
  readonly id: string;
  /** The commit that is checked out. */
  readonly commit?: string;
  readonly branch?: string;
}

/** A snapshot that a server holds: its name, the vault that belongs to it, and the server's pipes for the output of steps. */
export interface Served {
  readonly mark: SnapshotMark;
  readonly kept: KeptVault;
  readonly pipes: PipeMaker;
}

/** A repository as a plan or a run sees it: `Project` is one. */
export interface Repository {
  readonly root: string;
  readonly snapshot: Snapshot;
  readonly vault: VaultAccess;
  readonly runs: RunStore;
  readonly now: () => Date;
  readonly mark?: Served['mark'];
  readonly pipes?: Served['pipes'];
}

/** A plan, and the vault when the plan was made: a run opens these entries and no later ones. */
export interface Prepared {
  readonly plan: Plan;
  readonly vault: Vault | null;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The digest of the tool; undefined where it calls one that does not exist. */
  readonly digest: string | undefined;
  readonly digests: Digests;
  /** The files that a tool's steps get, as the digests saw them. */
  readonly listed: (tool: Tool) => ListedFiles;
}

/** Collects the input of a plan: the definitions that the tool involves, and the vault's entries for their secrets. */
export async function prepare(
  repository: Repository,
  name: string,
  options: PlanOptions,
  argsMayBeMissing: boolean,
): Promise<Prepared> {
  const { root, snapshot } = repository;
  requireSoundConfig(snapshot.config);
  const tool = findTool(snapshot, name);
  const agent = options.agent === undefined ? undefined : findAgent(snapshot, options.agent);
  const involved = callTree(tool, snapshot.catalog.tools);
  const requests = [...requestsOf(tool, snapshot.catalog.tools), ...(agent ? agentRequests(agent, tool) : [])];
  const { facts, vault, entries } = await vaultFacts(repository, requests, options.group);
  await loadScriptFiller(involved);
  const listed = rememberListed(root);
  const world = digestWorld(snapshot.catalog, listed);
  const digests = new Digests(world);
  const plan = makePlan(
    { tool, ...(agent && { agent }), given: options, argsMayBeMissing, onHost: options.on === 'host' },
    { ...world, facts },
  );
  const { env } = repository.vault;
  const own = problemsOf([...involved, ...(agent ? [agent] : [])], snapshot, listed);
  const isSandboxed = plannedRuns(plan.root).some(({ executor }) => executor === 'sandbox');
  const sandbox = isSandboxed ? sandboxProblems(root, snapshot.config.sandbox, env) : [];
  const files = machineFileProblems(repository, tool);
  const all = [...own, ...withoutSaid(plan.problems, own), ...sandbox, ...files];
  const problems = sortedProblems(await withoutIgnoredText(all, root, env));
  return { plan: { ...plan, problems }, vault, entries, digest: digests.tool(tool), digests, listed };
}

interface Facts {
  readonly facts: GroupPolicy | null;
  readonly vault: Vault | null;
  readonly entries: ReadonlyMap<string, Entry>;
}

async function vaultFacts(
  repository: Repository,
  requests: readonly SecretRequest[],
  wanted: string | undefined,
): Promise<Facts> {
  // Without requests for secrets, a tool runs whatever the state of the vault is.
  const vault = requests.length === 0 && wanted === undefined ? null : await repository.vault.open();
  if (vault === null) return { facts: null, vault, entries: new Map() };
  const group = repository.vault.chooseGroup(vault, repository.snapshot.config, wanted);
  return { vault, ...(await groupPolicy(vault, group, new Set(requests.map((request) => request.name)))) };
}

/**
 * The problems of these definitions. A problem elsewhere, even in the same file, does not stop a valid tool, unless it
 * is a duplicate of one of the definitions: a person has to decide which of the two was meant and granted secrets.
 */
function problemsOf(
  definitions: readonly (Tool | Agent)[],
  { catalog }: Snapshot,
  listed: (tool: Tool) => ListedFiles,
): Problem[] {
  const involved = new Map(definitions.flatMap((one) => (one.kind === 'tool' ? [[one.name, one]] : [])));
  const context = {
    catalog: { ...catalog, tools: involved },
    secretNames: null,
    fileFaults: fileFaults({ tools: involved }, listed),
  };
  // Loads the parsers of scripts only for these tools.
  const unfillable = findProblems([unfillableTemplates], context).filter(({ severity }) => severity === 'error');
  const all = sortedProblems([...lastingProblems(catalog), ...allProblems(context, [listedFiles]), ...unfillable]);
  const found = all.filter((one) => !isAdvice(one.code) && definitions.some((definition) => concerns(one, definition)));
  const duplicates = catalog.duplicates.filter(({ first }) => definitions.includes(first)).map(duplicateOf);
  return [...found, ...duplicates];
}

/** A plan queries the vault and the files itself, and examines only the tool that the agent starts. */
const LASTING_RULES = RULES.filter((rule) => ![knownSecrets, agentSecrets, listedFiles].includes(rule));

const foundBefore = new WeakMap<Catalog, readonly Problem[]>();

/** The problems of a catalog that depend on neither the vault nor other files. The calls of a server share them. */
function lastingProblems(catalog: Catalog): readonly Problem[] {
  const found =
    foundBefore.get(catalog) ?? allProblems({ catalog, secretNames: null, fileFaults: new Map() }, LASTING_RULES);
  foundBefore.set(catalog, found);
  return found;
}

/** Leaves out what a rule reported without the arguments, if the plan reports it at the same place with them. */
function withoutSaid(problems: readonly Problem[], said: readonly Problem[]): Problem[] {
  const keyOf = (one: Problem) => one.code.replace('args/template', 'expression/template') + placeKey(one);
  const known = new Set(said.map(keyOf));
  return problems.filter((one) => !known.has(keyOf(one)));
}

/** If a file is not YAML, any part of it may mean something else. */
function concerns({ code, at }: Problem, { source, range }: Tool | Agent): boolean {
  if (at?.source.path !== source.path) return false;
  return code.startsWith('yaml/') || (at.range.start >= range.start && at.range.end <= range.end);
}
