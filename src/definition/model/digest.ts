import { createHash } from 'node:crypto';
import type { JsonValue } from '../../text/node.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { agentToolFor } from './agent-tools.ts';
import type { Catalog } from './catalog.ts';
import type { Agent, Tool } from './tool.ts';

/** A file that a tool lists: its path from the root with `/`, whether it is executable, and hex sha256 of its bytes. */
export type FileFact = readonly [path: string, executable: boolean, sha256: string];

/** What digests cover besides the definition itself. */
export interface DigestWorld {
  readonly tools: Catalog['tools'];
  /** The facts of one tool's listed files, sorted by path. */
  readonly files: (tool: Tool) => readonly FileFact[];
  /** The forms that the listed files have in other checkouts of the same commit. */
  readonly checkouts?: readonly OtherCheckout[];
}

/** Another checkout may end lines in another way, or have other modes. */
export interface OtherCheckout {
  readonly files: DigestWorld['files'];
  /**
   * The difference in this checkout, as a clause, and the command that fixes it; null where the tool's files are the
   * same.
   */
  readonly explain: (tool: Tool) => Explanation | null;
}

export interface Explanation {
  readonly reason: string;
  readonly hint: string;
}

const FORMAT = 'lockstep-digest/2';

/**
 * The digest that a pinned grant names: hex sha256 over RFC 8785 JSON of all that decides what the tool's steps get:
 * the definition as spelled (`digestForm`), the settings of lockstep.yaml that change it, the digests of the tools it
 * calls, and its listed files, but no descriptions. Undefined where a called tool is unknown, or calls form a cycle.
 */
export function toolDigest(tool: Tool, world: DigestWorld): string | undefined {
  return digestOfTree(tool, world, ({ spelled, settings }, uses, files) => ({
    ...{ format: FORMAT, definition: spelled, settings },
    ...{ uses, files },
  }));
}

/**
 * The digest of the previous format, which covered less. A grant that names this digest is refused with its own
 * message, different from the one for a grant to another form of the tool.
 */
export function formerDigest(tool: Tool, world: DigestWorld): string | undefined {
  return digestOfTree(tool, world, (one, uses, files) => {
    const folder = one.source.path.split('/').slice(0, -1);
    const { rawTemplates } = one.settings;
    const definition = rawTemplates ? { definition: one.written, rawTemplates } : one.written;
    const relative = files.map(([path, ...facts]) => [fromFolder(folder, path), ...facts]);
    return { format: 'lockstep-digest/1', definition, uses, files: relative };
  });
}

/** A path from the root, made relative to a folder below the root. */
function fromFolder(folder: readonly string[], path: string): string {
  const parts = path.split('/');
  const shared = parts.findIndex((part, at) => part !== folder[at]);
  return [...folder.slice(shared).map(() => '..'), ...parts.slice(shared)].join('/');
}

/**
 * The digest that `agent:NAME@sha256:DIGEST` names: over the agent as spelled, without its description, and the digests
 * of the tools that it lists. Undefined where one of these tools has no digest.
 */
export function agentDigest(agent: Agent, world: DigestWorld): string | undefined {
  const listed = [...world.tools.values()].filter((tool) => agentToolFor(agent, tool.name) !== null);
  const tools = listed.map((tool) => [tool.name, toolDigest(tool, world)] as const);
  if (tools.some(([, digest]) => digest === undefined)) return undefined;
  return sha256Of({ format: FORMAT, agent: agent.spelled, tools: Object.fromEntries(tools) });
}

/** The digests of one world, each computed on first use. */
export class Digests {
  readonly #world: DigestWorld;
  readonly #known = new Map<string, Map<Tool | Agent, string | undefined>>();

  constructor(world: DigestWorld) {
    this.#world = world;
  }

  tool(tool: Tool): string | undefined {
    return this.#once('tool', tool, () => toolDigest(tool, this.#world));
  }

  former(tool: Tool): string | undefined {
    return this.#once('former', tool, () => formerDigest(tool, this.#world));
  }

  agent(agent: Agent): string | undefined {
    return this.#once('agent', agent, () => agentDigest(agent, this.#world));
  }

  /** How this checkout differs from one in which the tool has one of the digests; undefined where none is known. */
  checkout(tool: Tool, digests: readonly (string | undefined)[]): Explanation | undefined {
    for (const { files, explain } of this.#world.checkouts ?? []) {
      const explanation = explain(tool);
      if (explanation !== null && digests.includes(toolDigest(tool, { ...this.#world, files }))) return explanation;
    }
    return undefined;
  }

  #once(kind: string, definition: Tool | Agent, work: () => string | undefined): string | undefined {
    const known = this.#known.get(kind) ?? new Map<Tool | Agent, string | undefined>();
    this.#known.set(kind, known);
    if (!known.has(definition)) known.set(definition, work());
    return known.get(definition);
  }
}

type Covered = (tool: Tool, uses: Readonly<Record<string, string>>, files: readonly FileFact[]) => object;

function digestOfTree(tool: Tool, { tools, files }: DigestWorld, covered: Covered): string | undefined {
  const digests = new Map<Tool, string | undefined>();
  const path = [tool];
  // Called tools come first, each once, and without recursion, because definitions decide how deep calls nest.
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const calls = callsOf(top, tools);
    const next = [...calls.values()].find((called) => called !== undefined && !digests.has(called));
    if (next !== undefined && !path.includes(next)) {
      path.push(next);
      continue;
    }
    path.pop();
    const isCircle = next !== undefined;
    const uses = isCircle ? undefined : digestsOf(calls, digests);
    digests.set(top, uses && sha256Of(covered(top, uses, files(top))));
  }
  return digests.get(tool);
}

type Calls = ReadonlyMap<string, Tool | undefined>;

function callsOf(tool: Tool, tools: Catalog['tools']): Calls {
  const names = tool.steps.flatMap((step) => (step.kind === 'call' ? [step.tool.name] : []));
  return new Map(names.map((name) => [name, tools.get(name)]));
}

/** Undefined where one of the called tools has no digest. */
function digestsOf(
  calls: Calls,
  digests: ReadonlyMap<Tool, string | undefined>,
): Readonly<Record<string, string>> | undefined {
  const uses: Record<string, string> = Object.create(null);
  for (const [name, called] of calls) {
    const digest = called && digests.get(called);
    if (digest === undefined) return undefined;
    uses[name] = digest;
  }
  return uses;
}

function sha256Of(covered: object): string {
  return createHash('sha256')
    .update(canonicalJson(covered as JsonValue))
    .digest('hex');
}
