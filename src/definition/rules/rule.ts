import type { Grant } from '../../grant.ts';
import type { Location, Problem } from '../../text/problem.ts';
import type { Expression } from '../expressions/expression.ts';
import type { Template } from '../expressions/template.ts';
import type { Catalog } from '../model/catalog.ts';
import type { TextPlace } from '../model/text-places.ts';
import type { Agent, CallStep, RunStep, Step, Tool } from '../model/tool.ts';

/** A secret of the vault, as far as anybody can read it. */
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
  /** Whether it is a file of the repository. */
  readonly isFile: (path: string) => boolean;
  /** Variables of the caller that lockstep.yaml passes on. */
  readonly passEnv: ReadonlySet<string>;
  /** What a tool's `files:` stand for. */
  readonly listed: (tool: Tool) => ReadonlySet<string>;
  /** Undefined where it cannot be read. */
  readonly text: (path: string) => string | undefined;
}

/** What a rule may know. Pure data: where it comes from is the project's affair. */
export interface RuleContext {
  readonly catalog: Catalog;
  /** Names of the secrets that any group of the vault holds; null where the repository has no vault. */
  readonly secretNames: ReadonlySet<string> | null;
  /** Group -> its secrets, of the groups that have to hold what tools ask for; absent: any group will do. */
  readonly groups?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tool name -> what is wrong with the entries of its `files:`, and the files that its container is given. */
  readonly fileFaults: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What only `check` knows; the rules that advise say nothing without it. */
  readonly repositoryFacts?: RepositoryFacts;
}

/** What a rule finds wrong with each part of the definitions. It says nothing of the parts that it leaves out. */
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

/** One thing that has to hold across definitions; one file and one name each, all of them in rules/index.ts. */
export interface Rule {
  readonly name: string;
  /** Tools and agents whose shape the schema refused are not shown to it. */
  readonly skipsMisshapen?: boolean;
  /** Each walk over the definitions (walk.ts) has its own: a visitor may remember what it has seen. */
  visitor(context: RuleContext): Visitor;
}
