import { mkdtempSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { toolDigest } from '../definition/digest.ts';
import { callTree, type Tool } from '../definition/tool.ts';
import { runChild } from '../process/child.ts';
import { makeFoldersSync } from '../util/atomic-file.ts';
import { type Ambient, CONFIG_FILE, placesOf } from './config.ts';
import { git } from './git-program.ts';
import { listedFiles } from './listed-files.ts';
import { fileFacts } from './prepare.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** A commit in which a tool was what a grant by digest names. */
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
  tool: Tool,
  digests: ReadonlySet<string>,
): Promise<readonly GrantedForm[]> {
  const { root } = snapshot;
  const folders = foldersOf(snapshot, tool);
  const log = await git(root, env, ['log', `-n${MOST_COMMITS}`, '--format=%H %cs', '--', ...folders]);
  const found = new Map<string, GrantedForm>();
  for (const line of log?.toString().split('\n') ?? []) {
    const [commit = '', date = ''] = line.split(' ');
    if (commit === '' || found.size === digests.size) break;
    const digest = await digestIn(commit, tool.name, folders, root, env);
    if (digest !== undefined && digests.has(digest) && !found.has(digest)) found.set(digest, { digest, commit, date });
  }
  return [...found.values()];
}

/** What changed in everything that the tool's digest covers, from a commit to the work tree; null when Git cannot say. */
export async function changesSince(
  snapshot: Snapshot,
  env: Ambient,
  tool: Tool,
  commit: string,
): Promise<string | null> {
  const paths = new Set(
    callTree(tool, snapshot.catalog.tools).flatMap((one) => [one.source.path, ...listedPaths(snapshot.root, one)]),
  );
  const diff = await git(snapshot.root, env, [
    ...['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--relative', commit, '--', ...paths],
  ]);
  return diff === null ? null : diff.toString();
}

/** The top folders in which the definitions and the listed files stand, and the settings that say where. */
function foldersOf(snapshot: Snapshot, tool: Tool): readonly string[] {
  const tree = callTree(tool, snapshot.catalog.tools);
  const paths = tree.flatMap((one) => [one.source.path, ...one.files.map(({ name }) => besides(one, name))]);
  const tops = [...snapshot.config.definitions, ...paths].map((path) => posix.normalize(path).split('/')[0] ?? '');
  return [...new Set([CONFIG_FILE, ...tops])].filter((top) => top !== '' && top !== '.' && top !== '..');
}

function listedPaths(root: string, tool: Tool): readonly string[] {
  return listedFiles(root, tool).facts.map(([path]) => besides(tool, path));
}

function besides(tool: Tool, path: string): string {
  return posix.join(posix.dirname(tool.source.path), path);
}

async function digestIn(
  commit: string,
  name: string,
  folders: readonly string[],
  root: string,
  env: Ambient,
): Promise<string | undefined> {
  const cache = placesOf(env).cache;
  makeFoldersSync(cache, 0o700);
  const folder = mkdtempSync(join(cache, 'commit-'));
  try {
    if (!(await unpack(commit, folders, root, env, folder))) return undefined;
    const then = await readSnapshot(folder, join(folder, '.cache'));
    const tool = then.catalog.tools.get(name);
    return tool && toolDigest(tool, then.catalog.tools, (one) => fileFacts(folder, one));
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
