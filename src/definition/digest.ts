import { createHash } from 'node:crypto';
import { canonicalJson } from '../util/canonical-json.ts';
import type { Catalog } from './catalog.ts';
import type { Tool } from './tool.ts';

/** A file that a tool lists: its path relative to the definition's folder, whether it is executable, hex sha256 of its bytes. */
export type FileFact = readonly [path: string, executable: boolean, sha256: string];

/**
 * The digest that a pinned grant names: hex sha256 over RFC 8785 JSON of the definition as written, the digests of the
 * tools it calls, and its files. The image is part of what is written. Undefined where a called tool does not exist, or
 * calls go round in a circle.
 * @param files gives the facts of one tool's `files:`, sorted by path
 */
export function toolDigest(
  tool: Tool,
  tools: Catalog['tools'],
  files: (tool: Tool) => readonly FileFact[],
): string | undefined {
  const digests = new Map<Tool, string | undefined>();
  const path = [tool];
  // Called tools first, each once, and without recursion: definitions decide how deep calls go.
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const calls = callsOf(top, tools);
    const next = [...calls.values()].find((called) => called !== undefined && !digests.has(called));
    if (next !== undefined && !path.includes(next)) {
      path.push(next);
      continue;
    }
    path.pop();
    const isCircle = next !== undefined;
    digests.set(top, isCircle ? undefined : digestOf(top, calls, digests, files(top)));
  }
  return digests.get(tool);
}

type Calls = ReadonlyMap<string, Tool | undefined>;

function callsOf(tool: Tool, tools: Catalog['tools']): Calls {
  const names = tool.steps.flatMap((step) => (step.does === 'call' ? [step.tool.name] : []));
  return new Map(names.map((name) => [name, tools.get(name)]));
}

function digestOf(
  tool: Tool,
  calls: Calls,
  digests: ReadonlyMap<Tool, string | undefined>,
  files: readonly FileFact[],
): string | undefined {
  const uses = [...calls].map(([name, called]) => [name, called && digests.get(called)] as const);
  if (uses.some(([, digest]) => digest === undefined)) return undefined;
  const covered = { format: 'lockstep-digest/1', definition: tool.written, uses: Object.fromEntries(uses), files };
  return createHash('sha256').update(canonicalJson(covered)).digest('hex');
}
