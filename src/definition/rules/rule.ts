import type { Grant } from '../../grant.ts';
import type { Location, Problem } from '../../text/problem.ts';
import type { Expression } from '../expressions/expression.ts';
import type { Template } from '../expressions/template.ts';
import type { Catalog } from '../model/catalog.ts';
import type { TextPlace } from '../model/text-places.ts';
import type { Agent, CallStep, RunStep, Step, Tool } from '../model/tool.ts';

/** The public facts about a secret of the vault. */
export interface GrantedSecret {
  readonly name: string;
  readonly group: string;
  readonly allow: readonly Grant[];
  /** The location of its grants. */
  at(): Location;
}

/** The vault and the files around the definitions; all paths are from the root, with `/`. */
export interface RepositoryFacts {
  /** The secrets of every group. */
  readonly secrets: readonly GrantedSecret[];
  /** Whether the path is a file of the repository. */
  readonly isFile: (path: string) => boolean;
  /** Variables of the caller that lockstep.yaml passes on. */
  readonly passEnv: ReadonlySet<string>;
  /** The files that a tool's `files:` match. */
  readonly listed: (tool: Tool) => ReadonlySet<string>;
  /** Undefined where the file cannot be read. */
  readonly text: (path: string) => string | undefined;
}

/** The facts that rules use. Pure data, which the project collects. */
export interface RuleContext {
  readonly catalog: Catalog;
  /** Names of the secrets that any group of the vault holds; null where the repository has no vault. */
  readonly secretNames: ReadonlySet<string> | null;
  /** Group -> its secrets, for the groups that have to hold the requested secrets; absent: any group may. */
  readonly groups?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tool name -> path -> the fault of this entry of `files:`, or of this file for its container. */
  readonly fileFaults: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Facts that only `check` collects; rules that advise report nothing without them. */
  readonly repositoryFacts?: RepositoryFacts;
}

/** What a rule finds wrong with each part of the definitions. It does not check the parts that it leaves out. */
export interface Visitor {
  tool?(tool: Tool): readonly Problem[];
  /** A step of either kind. */
  step?(step: Step, tool: Tool): readonly Problem[];
  run?(step: RunStep, tool: Tool): readonly Problem[];
  call?(step: CallStep, tool: Tool): readonly Problem[];
  /** A text that may hold expressions. */
  text?(text: Template, place: TextPlace): readonly Problem[];
  expression?(expression: Expression, place: TextPlace): readonly Problem[];
  agent?(agent: Agent): readonly Problem[];
  /** Called once, after all parts. */
  end?(): readonly Problem[];
}

/** One condition that definitions have to meet. Each rule has its own file and name; rules/index.ts lists all. */
export interface Rule {
  readonly name: string;
  /** Whether the rule skips tools and agents whose shape the schema refused. */
  readonly skipsMisshapen?: boolean;
  /** Called for each walk over the definitions (walk.ts), so a visitor may remember what it has seen. */
  visitor(context: RuleContext): Visitor;
}
