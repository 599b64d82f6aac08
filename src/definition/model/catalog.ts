import type { Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import type { Agent, Tool } from './tool.ts';

/** Everything that the definition files say, each document by itself. The rules (rules/index.ts) speak about the whole. */
export interface Catalog {
  /** The first of each name; later ones are in `duplicates`. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly duplicates: readonly { readonly first: Tool | Agent; readonly again: Tool | Agent }[];
  /** Of syntax and schema, and of expressions by themselves. */
  readonly problems: readonly Problem[];
  /** Tools and agents whose shape the schema refused: rules keep quiet where they would only repeat that. */
  readonly schemaInvalid: ReadonlySet<Tool | Agent>;
  /** Files of which some document is neither: what it was to be called may be missed elsewhere. */
  readonly unread: readonly SourceFile[];
  /** How many files were read. */
  readonly files: number;
}
