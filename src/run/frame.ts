import { ALL_WELL, type Item, type Scope } from '../definition/expressions/expression.ts';
import type { EndedStep } from '../definition/expressions/expression-data.ts';
import { renderText, type Template } from '../definition/expressions/template.ts';
import type { Tool } from '../definition/model/tool.ts';
import type { JsonValue } from '../text/node.ts';
import type { EndStatus } from './event.ts';

/** How a step of a frame ended, as later steps see it. */
export interface StepState extends EndedStep {
  readonly status: EndStatus;
  /**
   * The step that keeps those below from running: this one, or the nearest above that failed or was cancelled. Absent
   * where all is well; a failure that `continueOnError` forgives and a step skipped by its own `if` leave it absent.
   */
  readonly blockedBy?: string;
}

/** A running tool: its arguments, its variables, and the results of its steps. */
export class Frame {
  readonly tool: Tool;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** The item on which a step repeated by `forEach` works. */
  readonly each: Item | undefined;
  readonly states: Map<string, StepState>;
  #variables: Readonly<Record<string, string>> | undefined;

  constructor(
    tool: Tool,
    args: Readonly<Record<string, JsonValue>>,
    each?: Item,
    states = new Map<string, StepState>(),
  ) {
    this.tool = tool;
    this.args = args;
    this.each = each;
    this.states = states;
  }

  /** The same frame, as the work on one item sees it. */
  withItem(each: Item): Frame {
    const frame = new Frame(this.tool, this.args, each, this.states);
    frame.#variables = this.#variables;
    return frame;
  }

  /** The tool's own `env`, evaluated once. @throws EvaluationError */
  variables(): Readonly<Record<string, string>> {
    this.#variables ??= this.render(this.tool.env, {});
    return this.#variables;
  }

  /** @throws EvaluationError */
  render(templates: ReadonlyMap<string, Template>, env: Readonly<Record<string, string>>): Record<string, string> {
    const scope = this.scope(env);
    return Object.fromEntries([...templates].map(([name, template]) => [name, renderText(template, scope)]));
  }

  scope(env: Readonly<Record<string, string>>, status: Scope['status'] = ALL_WELL): Scope {
    const steps: Record<string, EndedStep> = Object.create(null);
    for (const [id, state] of this.states) steps[id] = state;
    return { args: this.args, env, steps, status, ...(this.each && { each: this.each }) };
  }
}
