import type { Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import type { Agent, Tool } from './tool.ts';

/** The contents of all definition files, each document by itself. The rules (rules/index.ts) check the whole. */
export interface Catalog {
  /** The first tool of each name; later ones are in `duplicates`. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly duplicates: readonly { readonly first: Tool | Agent; readonly again: Tool | Agent }[];
  /** Problems of syntax and schema, and of single expressions. */
  readonly problems: readonly Problem[];
  /** Tools and agents whose shape the schema refused: rules do not report what would only repeat that. */
  readonly schemaInvalid: ReadonlySet<Tool | Agent>;
  /** Files with a document that is neither a tool nor an agent: others may refer to it by its intended name. */
  readonly unread: readonly SourceFile[];
  /** How many files were read. */
  readonly files: number;
}
