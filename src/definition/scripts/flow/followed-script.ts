import type { Role } from '../programs/command-words.ts';
import type { Declared } from '../programs/declared.ts';
import type { Command, CommandArgument } from '../syntax/shell-tree.ts';
import type { FlowGraph } from './flow-graph.ts';
import type { FlowLimits } from './flow-limits.ts';
import type { FlowReader } from './shell-flow.ts';

/** What the search for sinks needs to know of a script. */
export interface FollowedScript {
  readonly reader: FlowReader;
  readonly kind: 'bash' | 'sh';
  readonly graph: FlowGraph;
  readonly limits: FlowLimits;
  readonly declared: Declared;
  readonly roles: (command: Command) => ReadonlyMap<CommandArgument, Role>;
  /**
   * Follows values into a script that some of these commands run.
   * @param functions `hidden`: those of this script may be called there, and nothing follows what they get
   */
  readonly enter: (text: string, runs: readonly Run[], functions: 'hidden' | 'followed') => void;
}

/** A command that runs a script, with the words behind it as parameters. */
export interface Run {
  readonly command: Command;
  readonly behind: readonly CommandArgument[];
}

export const ARITHMETIC = 'the shell evaluates it as arithmetic';
export const INDEX = 'the shell evaluates an index as arithmetic';
export const NAMES_VARIABLE = 'the shell takes it for the name of a variable';
