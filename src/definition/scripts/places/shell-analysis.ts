import { Flow, TooEntangled } from '../flow/flow.ts';
import type { FlowGraph } from '../flow/flow-graph.ts';
import { FlowLimits } from '../flow/flow-limits.ts';
import { followValues } from '../flow/follow-values.ts';
import type { FollowedScript, Run } from '../flow/followed-script.ts';
import { valuesNamed } from '../flow/loose-texts.ts';
import { limitSinks } from '../flow/script-sinks.ts';
import { FlowReader } from '../flow/shell-flow.ts';
import type { Role } from '../programs/command-words.ts';
import { Declared } from '../programs/declared.ts';
import { rolesOf } from '../programs/word-roles.ts';
import { type Command, type CommandArgument, ShellTree } from '../syntax/shell-tree.ts';
import type { Marker } from '../template/marker.ts';

/** Scripts within scripts are followed so deep. */
export const DEEPEST = 3;
const MOST_ENTERED = 1_000_000;

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
  readonly #budget: { entered: number };
  /** Texts that were entered, with what they were given. */
  readonly #known = new Set<string>();

  constructor(text: string, marker: Marker, kind: ShellKind, depth = 0, seed?: Seed) {
    this.#budget = seed?.budget ?? { entered: 0 };
    this.tree = new ShellTree(text, marker);
    this.kind = kind;
    this.depth = depth;
    this.#fault = this.tree.fault;
    if (this.#fault !== undefined) return;
    try {
      this.#follow(seed);
    } catch (error) {
      if (!(error instanceof TooEntangled) || seed !== undefined) throw error;
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

  #follow(seed?: Seed): void {
    const reader = new FlowReader(this.tree, `${this.depth}.`, undefined, seed?.isHidden);
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
      enter: (...call) => this.#enter(script, ...call),
    };
    limitSinks(script);
  }

  /** `sh -c '...' _ "$x"`, `eval "$cmd"`: variables and parameters continue in the script of a text. */
  #enter(script: FollowedScript, ...[text, runs, functions]: Parameters<FollowedScript['enter']>): void {
    if (this.depth >= DEEPEST) return;
    const call = JSON.stringify([text, functions, runs.map((run) => givenTo(run, script))]);
    if (this.#known.has(call)) return;
    this.#known.add(call);
    this.#budget.entered += text.length;
    if (this.#budget.entered > MOST_ENTERED) throw new TooEntangled();
    const { reader, graph, limits } = script;
    const inner = new ShellAnalysis(text, this.tree.marker, 'bash', this.depth + 1, {
      graph,
      budget: this.#budget,
      isHidden: (name) => functions === 'hidden' && reader.mayBeFunction(name),
      add: (own) => {
        for (const run of runs) passOn(run, own, script);
      },
    });
    if (inner.fault !== undefined)
      limits.limit(valuesNamed(text, runs, script), 'integer', 'a shell runs a text that is not certain');
    // Of holes that stand in the inner script itself their place there decides.
    for (const [hole, found] of inner.#limits?.entries() ?? [])
      for (const limit of found) if (limit.by !== undefined) limits.give(hole, limit);
  }
}

/** What the script around gives to a script within it. */
interface Seed {
  readonly graph: FlowGraph;
  readonly budget: { entered: number };
  readonly isHidden: (name: string) => boolean;
  readonly add: (own: FlowGraph) => void;
}

/** The holes that a command hands to its script, without the variables that both have. */
function givenTo({ command, behind }: Run, { reader, graph }: FollowedScript): unknown {
  const holes = (flow: Flow) => [...graph.values.ofFlow(flow)];
  const own = settings(command, reader).map(([name, flow]) => [name, holes(flow)]);
  return [holes(reader.all(behind)), holes(reader.input(command)), own];
}

/** Gives the script of a command what the command has. */
function passOn({ command, behind }: Run, own: FlowGraph, { reader, graph }: FollowedScript): void {
  const passed = flowOf(graph.values.ofFlow(reader.all(behind)));
  own.add('@', passed);
  own.add('@!', passed);
  own.add('<', flowOf(graph.values.ofFlow(reader.input(command))));
  for (const [name, flow] of settings(command, reader)) own.add(`$${name}`, flowOf(graph.values.ofFlow(flow)));
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
