import type { JsonValue } from '../../text/node.ts';
import type { Location } from '../../text/problem.ts';
import type { Range, SourceFile } from '../../text/source.ts';
import type { Expression } from '../expressions/expression.ts';
import type { Template, TemplateData } from '../expressions/template.ts';
import type { WrittenText } from '../expressions/written-text.ts';
import type { ScriptTemplate, Words } from '../scripts/template/template.ts';
import type { ForHosts } from './annotations.ts';
import type { Container } from './container.ts';
import type { ToolSettings } from './tool-settings.ts';
import type { Triggers } from './trigger.ts';

/** A name as written, with its place. */
export interface Named {
  readonly name: string;
  readonly at: Location;
}

export interface Tool extends Named, ForHosts {
  readonly kind: 'tool';
  readonly source: SourceFile;
  /** The location of the whole definition: a file may hold several. */
  readonly range: Range;
  readonly description?: string;
  readonly args: ReadonlyMap<string, Argument>;
  /** Asked for by every step. */
  readonly secrets: readonly SecretRequest[];
  readonly env: ReadonlyMap<string, Template>;
  /** Paths and globs relative to the definition's folder. */
  readonly files: readonly Named[];
  /** Variables of the caller's environment; lockstep.yaml decides which are passed. */
  readonly passEnv: readonly Named[];
  readonly image?: Template;
  readonly network?: Network;
  /** Steps on the host run in a sandbox. */
  readonly sandbox: boolean;
  readonly container?: Container;
  readonly timeoutMs?: number;
  /** What starts the tool automatically. */
  readonly triggers: Triggers;
  readonly outputs: ReadonlyMap<string, Template>;
  /** The outputs that only the calling tool sees. */
  readonly sensitiveOutputs: ReadonlySet<string>;
  /** In written order. */
  readonly steps: readonly Step[];
  /** The document as written, no defaults filled in. */
  readonly written: JsonValue;
  /** The document as digests cover it (spelled.ts). */
  readonly spelled: JsonValue;
  /** What lockstep.yaml changes about this tool: the digest covers it. */
  readonly settings: ToolSettings;
}

/** What steps reach: no network, or what the machine reaches. */
export type Network = 'none' | 'open';

/** A secret requested for a step; the vault's grant decides (plan/grants.ts). */
export interface SecretRequest extends Named {
  readonly askedBy: 'tool' | 'agent';
  /** Empty where the secret comes on standard input, which a step has only once. */
  readonly variable: string;
  readonly required: boolean;
  readonly form: 'env' | 'file' | 'stdin';
}

export interface Argument extends Named {
  /** JSON Schema of the value, without our own keys (`required` of an argument, `sensitive`, `default`). */
  readonly schema: ArgumentSchema;
  readonly description?: string;
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly sensitive: boolean;
  readonly words?: Words | undefined;
  /** The place of a part of its declaration, or of the nearest thing around it. */
  place(path: readonly string[], isKey?: boolean): Location;
}

/** The subset of JSON Schema 2020-12 that arguments are declared in (schemas/tool.schema.json, $defs/argument). */
export interface ArgumentSchema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: ArgumentSchema;
  readonly properties?: Readonly<Record<string, ArgumentSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

export type Step = RunStep | CallStep;

interface StepBase {
  readonly id: string;
  readonly at: Location;
  /** The keys of the step as written, with their places. */
  readonly keys: readonly Named[];
  readonly description?: string;
  /** Resolved: what is written, or the step above. */
  readonly needs: readonly Named[];
  /** Absent: runs when none of its ancestors failed. */
  readonly condition?: Expression | boolean;
  /** Present: the step's work is done once for each item. */
  readonly forEach?: ForEach;
  readonly timeoutMs?: number;
  /** Shared by all steps that name this lock in the repository's runs on this machine. */
  readonly lock?: string;
  /** The labels of the workers that may run it; empty: any worker. Absent: the worker that has the run. */
  readonly runsOn?: readonly string[];
  readonly retry?: Retry;
  readonly continueOnError: boolean;
  readonly approve: 'never' | 'always';
}

export interface ForEach {
  /** Evaluates to the list. */
  readonly list: Expression;
  /** The number of items in progress at one time; absent: as many as the run has processes. */
  readonly maxParallel?: number;
}

/** One process. */
export interface RunStep extends StepBase {
  readonly kind: 'run';
  readonly script: string;
  /** The script and its place; absent where there is no script. */
  readonly written?: WrittenText;
  /** The script, if it holds expressions, which it must not; else absent. */
  readonly pasted?: Template;
  /** Absent: the shell of its executor (plan.ts). */
  readonly shell?: string;
  /** The template of the script, if it has `{{ }}` to fill in. */
  readonly template?: ScriptTemplate;
  readonly secrets: readonly SecretRequest[];
  readonly env: ReadonlyMap<string, Template>;
  readonly workdir?: Template;
  /** Instead of the tool's. */
  readonly image?: Template;
  readonly network?: Network;
  /**
   * How standard output is read: `json`, an object whose keys are the outputs; `lines`, the lines of the output
   * `lines`; `text`, the output `text`.
   */
  readonly output?: 'json' | 'lines' | 'text';
  /** The names of the declared outputs; absent: the step may write any. */
  readonly outputs?: readonly string[];
  /** The outputs that are masked like secrets, and passed on unchanged. */
  readonly sensitiveOutputs: ReadonlySet<string>;
}

/** A call of another tool, under that tool's own requests and grants. */
export interface CallStep extends StepBase {
  readonly kind: 'call';
  readonly tool: Named;
  readonly with: ReadonlyMap<string, { readonly value: TemplateData; readonly at: Location }>;
  /** Whether values are read by the types of the called tool (coerce-argument.ts). */
  readonly coerce: boolean;
}

export interface Retry {
  /** Further attempts after the first. */
  readonly limit: number;
  readonly delayMs: number;
  readonly backoff: number;
  readonly maxDelayMs?: number;
}

export interface Agent extends Named {
  readonly kind: 'agent';
  readonly source: SourceFile;
  readonly range: Range;
  readonly description?: string;
  readonly instructions?: string;
  readonly tools: readonly AgentTool[];
  /** The ceiling; nothing above it reaches a step through this agent. */
  readonly secrets: readonly AgentSecret[];
  readonly env: ReadonlyMap<string, string>;
  /** The names of `env`, with their places. */
  readonly variables: readonly Named[];
  readonly model?: string;
  readonly maxTurns?: number;
  /** The document as digests cover it (spelled.ts). */
  readonly spelled: JsonValue;
}

/** One line of an agent's ceiling. */
export interface AgentSecret extends SecretRequest {
  /** Names or patterns: the agent asks for the secret on behalf of these tools where it calls them itself (requests.ts). */
  readonly tools: readonly Named[];
}

export interface AgentTool {
  /** A name, or a glob with `*` and `?`. */
  readonly pattern: string;
  readonly approve: 'never' | 'always';
  readonly at: Location;
}

/** The image that a step runs in, or undefined on the host. */
export function imageOf(tool: Tool, step: RunStep): Template | undefined {
  return step.image ?? tool.image;
}

/** @param onHost whether the step runs on the host although it asks for an image */
export function networkOf(tool: Tool, step: RunStep, onHost = false): Network {
  const byDefault = imageOf(tool, step) === undefined || onHost ? 'open' : 'none';
  return step.network ?? tool.network ?? byDefault;
}

/** The output that `output: lines` gives. */
export const LINES = 'lines';

/** The outputs that a step certainly has, according to its definition. */
export function outputNames({ output, outputs = [] }: RunStep): readonly string[] {
  return output === 'lines' || output === 'text' ? [...outputs, output] : outputs;
}

/** The outputs of a step that are passed on unchanged and masked elsewhere. @param called the tool that it calls */
export function sensitiveOutputsOf(step: Step, called: Tool | undefined): ReadonlySet<string> {
  return step.kind === 'run' ? step.sensitiveOutputs : (called?.sensitiveOutputs ?? new Set());
}

export function isRun(step: Step): step is RunStep {
  return step.kind === 'run';
}

/** The tool and all tools that it calls, directly or indirectly; each once. */
export function callTree(tool: Tool, tools: ReadonlyMap<string, Tool>): Tool[] {
  const tree = new Set([tool]);
  for (const one of tree)
    for (const step of one.steps) {
      const called = step.kind === 'call' ? tools.get(step.tool.name) : undefined;
      if (called !== undefined) tree.add(called);
    }
  return [...tree];
}
