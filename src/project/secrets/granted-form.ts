import { posix } from 'node:path';
import { agentToolFor } from '../../definition/model/agent-tools.ts';
import { agentDigest, formerDigest, toolDigest } from '../../definition/model/digest.ts';
import { type Agent, callTree, type Tool } from '../../definition/model/tool.ts';
import { createScratch, scratchBase } from '../../run/workspace/scratch.ts';
import { type SealedFile, writeSealed } from '../../run/workspace/workspace.ts';
import { holdFolder, readBeneath } from '../../util/beneath.ts';
import { committedFiles } from '../git/committed-files.ts';
import { diffOutside, git } from '../git/git-cli.ts';
import { type Ambient, CONFIG_FILE } from '../repository/config.ts';
import { digestWorld, listedFiles, rememberFacts } from '../repository/listed-files.ts';
import { readSnapshot, type Snapshot } from '../repository/snapshot.ts';

/** A commit in which a tool or an agent had the digest that a grant names. */
export interface GrantedForm {
  readonly digest: string;
  readonly commit: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
}

/** How many commits are searched: each commit that touched the definitions is unpacked and read. */
const MOST_COMMITS = 100;
/** Larger definitions are not read. */
const LARGEST_SOURCE = 1024 * 1024;

/**
 * Finds in Git the forms of a tool that have these digests, with the newest commit of each: a digest shows that
 * something changed, and only history shows what. Forms that are not found are left out.
 */
export async function findGrantedForms(
  snapshot: Snapshot,
  env: Ambient,
  definition: Tool | Agent,
  digests: ReadonlySet<string>,
): Promise<readonly GrantedForm[]> {
  const { root } = snapshot;
  const folders = foldersOf(snapshot, definition);
  const log = await git(root, env, ['log', `-n${MOST_COMMITS}`, '--format=%H %cs', '--', ...folders]);
  const found = new Map<string, GrantedForm>();
  for (const line of log?.toString().split('\n') ?? []) {
    const [commit = '', date = ''] = line.split(' ');
    if (commit === '' || found.size === digests.size) break;
    const digestsThen = await withCommit({ commit, folders, root, env }, (then) => digestsIn(then, definition));
    for (const digest of digestsThen ?? [])
      if (digests.has(digest) && !found.has(digest)) found.set(digest, { digest, commit, date });
  }
  return [...found.values()];
}

/** The changes from a commit to the work tree in everything that the digest covers; null when Git cannot make them. */
export async function changesSince(
  snapshot: Snapshot,
  env: Ambient,
  definition: Tool | Agent,
  commit: string,
): Promise<string | null> {
  const folders = foldersOf(snapshot, definition);
  const before = await withCommit({ commit, folders, root: snapshot.root, env }, (then) => {
    const former = definitionIn(then, definition);
    return former === undefined ? [] : coveredFiles(then, former);
  });
  if (before === null) return null;
  const scratch = createScratch({ base: scratchBase(env.TMPDIR) });
  try {
    const sides = { a: before, b: coveredFiles(snapshot, definition) };
    for (const [side, files] of Object.entries(sides)) {
      holdFolder(scratch.path, side, true).close();
      for (const file of files) writeSealed(scratch.path, { ...file, path: `${side}/${file.path}` });
    }
    return await diffOutside(scratch.path, env, 'a', 'b');
  } finally {
    scratch.dispose();
  }
}

/** Every file that the digest covers, including the settings. */
function coveredFiles(snapshot: Snapshot, definition: Tool | Agent): readonly SealedFile[] {
  const { root } = snapshot;
  const tools = coveredTools(definition, snapshot);
  const files = new Map<string, SealedFile>();
  for (const path of [CONFIG_FILE, definition.source.path, ...tools.map(({ source }) => source.path)]) {
    const read = readBeneath(root, path, LARGEST_SOURCE);
    if ('bytes' in read) files.set(path, { path, ...read });
  }
  for (const tool of tools) for (const file of listedFiles(root, tool).files) files.set(file.path, file);
  return [...files.values()];
}

function definitionIn(
  { catalog: { tools, agents } }: Snapshot,
  { kind, name }: Tool | Agent,
): Tool | Agent | undefined {
  return kind === 'tool' ? tools.get(name) : agents.get(name);
}

/** The top folders of the definitions and the listed files, and the settings that name these folders. */
function foldersOf(snapshot: Snapshot, definition: Tool | Agent): readonly string[] {
  const tools = coveredTools(definition, snapshot);
  const paths = tools.flatMap((one) => [one.source.path, ...one.files.map(({ name }) => besides(one, name))]);
  const tops = [...snapshot.config.definitions, definition.source.path, ...paths].map(
    (path) => posix.normalize(path).split('/')[0] ?? '',
  );
  return [...new Set([CONFIG_FILE, ...tops])].filter((top) => top !== '' && top !== '.' && top !== '..');
}

/** A tool and the tools it calls, or the tools of an agent and the tools they call. */
function coveredTools(definition: Tool | Agent, { catalog: { tools } }: Snapshot): readonly Tool[] {
  const own =
    definition.kind === 'tool'
      ? [definition]
      : [...tools.values()].filter((tool) => agentToolFor(definition, tool.name) !== null);
  return [...new Set(own.flatMap((tool) => callTree(tool, tools)))];
}

function besides(tool: Tool, path: string): string {
  return posix.join(posix.dirname(tool.source.path), path);
}

/** The digests of the tool or agent in a commit, in this format and the previous one. */
function digestsIn(then: Snapshot, definition: Tool | Agent): readonly string[] {
  const former = definitionIn(then, definition);
  if (former === undefined) return [];
  const world = digestWorld(then.catalog, rememberFacts(then.root));
  const digests =
    former.kind === 'agent' ? [agentDigest(former, world)] : [toolDigest(former, world), formerDigest(former, world)];
  return digests.filter((digest) => digest !== undefined);
}

interface CommitPlace {
  readonly commit: string;
  /** The folders of the commit to copy. */
  readonly folders: readonly string[];
  readonly root: string;
  readonly env: Ambient;
}

/** Lends a copy of a commit's files, outside the repository; null when it cannot be made. */
async function withCommit<T>(
  { commit, folders, root, env }: CommitPlace,
  use: (then: Snapshot) => T,
): Promise<T | null> {
  const files = await committedFiles(root, env, commit, folders);
  if (files === null || files.length === 0) return null;
  const scratch = createScratch({ base: scratchBase(env.TMPDIR) });
  try {
    const copy = scratch.step('commit').path;
    for (const file of files) writeSealed(copy, file);
    return use(await readSnapshot(copy, scratch.step('cache').path));
  } finally {
    scratch.dispose();
  }
}
