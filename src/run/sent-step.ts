import type { Item } from '../definition/expressions/expression.ts';
import type { JsonValue } from '../text/node.ts';
import type { StepState } from './frame.ts';

/** A step as another worker gets it: all that its work depends on, besides the plan. It may hold sensitive values. */
export interface SentStep {
  /** The path of the step or the item: `audit[3]`. */
  readonly path: string;
  readonly runsOn: readonly string[];
  /** The arguments of the tool that has the step. */
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly each?: Item;
  /** The ends of the tool's other steps, by id. */
  readonly states: Readonly<Record<string, StepState>>;
  /** The locks that the sender holds meanwhile. */
  readonly locks: readonly string[];
  /** The values to mask besides the secrets and the arguments of the run, in base64. */
  readonly masks: readonly string[];
}
