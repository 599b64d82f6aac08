import { Flow, TooEntangled } from '../flow/flow.ts';
import type { FlowGraph } from '../flow/flow-graph.ts';
import { FlowLimits } from '../flow/flow-limits.ts';
import { followValues } from '../flow/follow-values.ts';
import type { FollowedScript } from '../flow/followed-script.ts';
import { limitSinks } from '../flow/script-sinks.ts';
import { FlowReader } from '../flow/shell-flow.ts';
import type { Role } from '../programs/command-words.ts';
import { Declared } from '../programs/declared.ts';
import { rolesOf } from '../programs/word-roles.ts';
import { type Command, type CommandArgument, ShellTree } from '../syntax/shell-tree.ts';
import type { Marker } from '../template/marker.ts';

/** Scripts within scripts are followed so deep. */
export const DEEPEST = 3;
const MOST_ENTERED = 2_000_000;

/** Which shell reads a script. Under `sh` it may be dash or busybox. */
export type ShellKind = 'bash' | 'sh';

/** A script, and where the values of its holes get to. */
export class ShellAnalysis {
  readonly tree: ShellTree;
  readonly kind: ShellKind;
  readonly depth: number;
  readonly #roles = new Map<Command, ReadonlyMap<CommandArgument, Role>>();
  #limits: FlowLimits | undefined;
  #reader: FlowReader | undefined;
  #fault: string | undefined;
  /** Characters of scripts within this one. */
  #entered = 0;

  constructor(
    text: string,
    marker: Marker,
    kind: ShellKind,
    depth = 0,
    seed?: { graph: FlowGraph; add: (own: FlowGraph) => void },
  ) {
    this.tree = new ShellTree(text, marker);
    this.kind = kind;
    this.depth = depth;
    this.#fault = this.tree.fault;
    if (this.#fault !== undefined) return;
    try {
      this.#follow(seed);
    } catch (error) {
      if (!(error instanceof TooEntangled)) throw error;
      this.#fault = 'it is too complex to follow';
    }
  }

  /** Why nothing is certain. */
  get fault(): string | undefined {
    return this.#fault;
  }

  limitsOf(hole: number): ReturnType<FlowLimits['of']> {
    return this.#limits?.of(hole) ?? [];
  }

  rolesOf(command: Command): ReadonlyMap<CommandArgument, Role> {
    const reader = this.#reader;
    const known =
      this.#roles.get(command) ??
      rolesOf(command, this.tree, reader?.functions ?? new Set(), reader?.names.nameOf(command));
    this.#roles.set(command, known);
    return known;
  }

  #follow(seed?: { graph: FlowGraph; add: (own: FlowGraph) => void }): void {
    const reader = new FlowReader(this.tree);
    this.#reader = reader;
    const graph = followValues(reader);
    seed?.add(graph);
    graph.settle(seed?.graph);
    const limits = new FlowLimits(reader, graph);
    this.#limits = limits;
    const script: FollowedScript = {
      reader,
      kind: this.kind,
      graph,
      limits,
      declared: new Declared(this.tree),
      roles: (command) => this.rolesOf(command),
      enter: (text, command, behind) => this.#enter(text, command, behind, script),
    };
    limitSinks(script);
  }

  /** `sh -c '...' _ "$x"`, `eval "$cmd"`: variables and parameters continue in the script of a text. */
  #enter(text: string, command: Command, behind: readonly CommandArgument[], script: FollowedScript): void {
    if (this.depth >= DEEPEST) return;
    this.#entered += text.length;
    if (this.#entered > MOST_ENTERED) throw new TooEntangled();
    const { reader, graph, limits } = script;
    const inner = new ShellAnalysis(text, this.tree.marker, 'bash', this.depth + 1, {
      graph,
      add: (own) => {
        const passed = flowOf(graph.values.ofFlow(reader.all(behind)));
        own.add('@', passed);
        own.add('@!', passed);
        own.add('<', flowOf(graph.values.ofFlow(reader.input(command))));
        for (const [name, flow] of settings(command, reader)) own.add(`$${name}`, flowOf(graph.values.ofFlow(flow)));
      },
    });
    // Of holes that stand in the inner script itself their place there decides.
    for (const [hole, found] of inner.#limits?.entries() ?? [])
      for (const limit of found) if (limit.by !== undefined) limits.give(hole, limit);
  }
}

/** Variables that a command gets: `N=1 sh -c ...`, `env N=1 sh -c ...`, `docker run -e N=1 ...`. */
function settings({ prefix, args }: Command, reader: FlowReader): (readonly [name: string, flow: Flow])[] {
  return [...prefix, ...args].flatMap((one) => {
    if (one.type === 'Assignment') return [[one.name, reader.of(one.value)] as const];
    const name = one.type === 'Word' ? /^["']?(?:-[a-z]|--env=)?([A-Za-z_]\w*)=/.exec(one.text)?.[1] : undefined;
    return name === undefined ? [] : [[name, reader.of(one)] as const];
  });
}

function flowOf(holes: ReadonlySet<number>): Flow {
  const flow = new Flow();
  for (const hole of holes) flow.holes.add(hole);
  return flow;
}
