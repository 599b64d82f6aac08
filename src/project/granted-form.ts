import { mkdtempSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { agentToolFor } from '../definition/agent-tools.ts';
import { agentDigest, formerDigest, toolDigest } from '../definition/digest.ts';
import { type Agent, callTree, type Tool } from '../definition/tool.ts';
import { runChild } from '../process/child.ts';
import { makeFoldersSync } from '../util/atomic-file.ts';
import { type Ambient, CONFIG_FILE, placesOf } from './config.ts';
import { git } from './git-program.ts';
import { digestWorld, listedFiles, rememberFacts } from './listed-files.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** A commit in which a tool or an agent was what a grant by digest names. */
export interface GrantedForm {
  readonly digest: string;
  readonly commit: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
}

/** How far back is looked: each commit that touched the definitions is unpacked and read. */
const MOST_COMMITS = 100;

/**
 * Finds in Git the forms of a tool that digests stand for, the newest commit of each: a digest tells that something
 * changed, and only history tells what. Those that are not found are not in the answer.
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
    for (const digest of await digestsIn(commit, definition, folders, root, env))
      if (digests.has(digest) && !found.has(digest)) found.set(digest, { digest, commit, date });
  }
  return [...found.values()];
}

/** What changed in everything that the digest covers, from a commit to the work tree; null when Git cannot say. */
export async function changesSince(
  snapshot: Snapshot,
  env: Ambient,
  definition: Tool | Agent,
  commit: string,
): Promise<string | null> {
  const listed = coveredTools(definition, snapshot).flatMap((tool) => [
    tool.source.path,
    ...listedFiles(snapshot.root, tool).files.map(({ path }) => path),
  ]);
  const paths = new Set([definition.source.path, CONFIG_FILE, ...listed]);
  const diff = await git(snapshot.root, env, [
    ...['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--relative', commit, '--', ...paths],
  ]);
  return diff === null ? null : diff.toString();
}

/** The top folders in which the definitions and the listed files stand, and the settings that say where. */
function foldersOf(snapshot: Snapshot, definition: Tool | Agent): readonly string[] {
  const tools = coveredTools(definition, snapshot);
  const paths = tools.flatMap((one) => [one.source.path, ...one.files.map(({ name }) => besides(one, name))]);
  const tops = [...snapshot.config.definitions, definition.source.path, ...paths].map(
    (path) => posix.normalize(path).split('/')[0] ?? '',
  );
  return [...new Set([CONFIG_FILE, ...tops])].filter((top) => top !== '' && top !== '.' && top !== '..');
}

/** A tool and what it calls, or the tools of an agent and what they call. */
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

/** Of the tool or agent as it was in a commit, in this format and the one before. */
async function digestsIn(
  commit: string,
  { kind, name }: Tool | Agent,
  folders: readonly string[],
  root: string,
  env: Ambient,
): Promise<readonly string[]> {
  const cache = placesOf(env).cache;
  makeFoldersSync(cache, 0o700);
  const folder = mkdtempSync(join(cache, 'commit-'));
  try {
    if (!(await unpack(commit, folders, root, env, folder))) return [];
    const then = await readSnapshot(folder, join(folder, '.cache'));
    const { tools, agents } = then.catalog;
    const world = digestWorld(then.catalog, rememberFacts(folder));
    const agent = kind === 'agent' ? agents.get(name) : undefined;
    const tool = kind === 'tool' ? tools.get(name) : undefined;
    const digests = [
      agent && agentDigest(agent, world),
      ...(tool === undefined ? [] : [toolDigest(tool, world), formerDigest(tool, world)]),
    ];
    return digests.filter((digest) => digest !== undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** These folders as they are in a commit; false when that cannot be had. */
async function unpack(
  commit: string,
  folders: readonly string[],
  root: string,
  env: Ambient,
  into: string,
): Promise<boolean> {
  const listed = await git(root, env, ['ls-tree', '--name-only', commit]);
  const there = new Set(listed?.toString().split('\n'));
  const wanted = folders.filter((folder) => there.has(folder));
  if (wanted.length === 0) return false;
  const archive = await git(root, env, ['archive', '--format=tar', commit, '--', ...wanted]);
  if (archive === null) return false;
  const end = await runChild({
    file: 'tar',
    args: ['-x', '-f', '-', '--no-same-owner'],
    cwd: into,
    env: { PATH: env.PATH ?? '', LC_ALL: 'C' },
    stdin: archive,
    timeoutMs: 60_000,
    graceMs: 1000,
    onOutput: () => undefined,
  });
  return end.how === 'exit' && end.code === 0;
}
