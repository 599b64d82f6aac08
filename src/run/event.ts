/**
 * The closed union by which a run speaks: its only voice. Faces and, later, the journal listen; what they get is masked
 * already, because redaction comes before an event exists. Events hold names of secrets, never values.
 */
export type Event =
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly tool: string;
      readonly agent?: string;
      readonly group: string | null;
    }
  | {
      readonly type: 'step-started';
      readonly step: string;
      readonly attempt: number;
      /** The worker that does it, where that is not the one that has the run. */
      readonly worker?: string;
    }
  /** In the order in which it was written. A step without `output:` writes both streams to one pipe, which is `stdout`. */
  | { readonly type: 'output'; readonly step: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** Wants a person's approval before it starts, and waits for it; the step is empty for the run as a whole. */
  | { readonly type: 'step-waiting'; readonly step: string; readonly question: string; readonly about: string }
  | {
      readonly type: 'step-answered';
      readonly step: string;
      /** The key of the question: a digest of everything that it is about. */
      readonly about: string;
      readonly approved: boolean;
      /** Who answered, by the name that the machine knows. */
      readonly by: string;
      readonly reason?: string;
    }
  | { readonly type: 'notice'; readonly step: string; readonly message: string }
  | {
      readonly type: 'step-retrying';
      readonly step: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: EndReason;
    }
  /** One item of a `forEach`; its id is the step's path and the index: `audit[3]`, under which it started and wrote. */
  | { readonly type: 'item-finished'; readonly step: string; readonly item: StepReport }
  | { readonly type: 'step-finished'; readonly step: StepReport }
  | { readonly type: 'run-finished'; readonly report: RunReport };

export type EventType = Event['type'];

/** The statuses of steps and runs, everywhere. */
export type Status = 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';
export type EndStatus = Exclude<Status, 'running' | 'waiting'>;

/** How a step ended other than well. The first reason wins. */
export type EndReason =
  | { readonly why: 'exit-code'; readonly code: number }
  | { readonly why: 'signal'; readonly signal: string }
  | { readonly why: 'timeout'; readonly afterMs: number }
  | { readonly why: 'cancelled' }
  /** Skipped: an `if` that was false, or an ancestor that failed. */
  | { readonly why: 'condition' }
  | { readonly why: 'ancestor'; readonly step: string }
  /** `detail` completes "could not be started: ..." */
  | { readonly why: 'not-started'; readonly detail: string }
  /** The step needs approval; `detail` says why it was not given. */
  | { readonly why: 'not-approved'; readonly detail: string }
  | { readonly why: 'output-invalid'; readonly detail: string }
  | { readonly why: 'output-limit'; readonly bytes: number }
  /** Declared outputs that the step did not write. */
  | { readonly why: 'output-missing'; readonly names: readonly string[] }
  | { readonly why: 'expression'; readonly detail: string }
  | { readonly why: 'arguments'; readonly detail: string }
  /** A called tool failed; its own steps say why. */
  | { readonly why: 'call'; readonly tool: string }
  /** One item of a `forEach`, and how that ended. */
  | { readonly why: 'item'; readonly index: number; readonly reason: EndReason };

export interface StepReport {
  /** The step's path within the run: `post`, `post/send`. */
  readonly id: string;
  readonly status: EndStatus;
  /** Null where no process ended by itself. */
  readonly exitCode: number | null;
  /** 0 where it never started; of all its items together where it is repeated by `forEach`. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly reason?: EndReason;
  /** The step failed, and its `continueOnError` let later steps run. */
  readonly forgiven?: true;
  readonly items?: ItemCounts;
}

/** How the items of a `forEach` ended. What `total` has beyond the others never started. */
export interface ItemCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** The documented JSON of `run` (DESIGN: faces), but for `problems`, which a refused run carries instead of steps. */
export interface RunReport {
  readonly run: string;
  readonly tool: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** The failure of the run as a whole: a timeout of the tool, or outputs that cannot be evaluated. */
  readonly reason?: EndReason;
  readonly steps: readonly StepReport[];
  /** The tool's outputs, masked; empty unless it succeeded. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly durationMs: number;
}

/** Why something ended as it did, where its status does not show it already. */
export function reasonBeside({ status, reason }: Pick<StepReport, 'status' | 'reason'>): string | undefined {
  return reason === undefined || reason.why === status ? undefined : describeReason(reason);
}

const WHYS: Readonly<Record<EndReason['why'], true>> = {
  'exit-code': true,
  signal: true,
  timeout: true,
  cancelled: true,
  condition: true,
  ancestor: true,
  'not-started': true,
  'not-approved': true,
  'output-invalid': true,
  'output-limit': true,
  'output-missing': true,
  expression: true,
  arguments: true,
  call: true,
  item: true,
};

/** The bytes that were read from a file. */
export function isEndReason(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('why' in value)) return false;
  const { why } = value;
  if (typeof why !== 'string' || !Object.hasOwn(WHYS, why)) return false;
  return why !== 'item' || ('reason' in value && isEndReason(value.reason));
}

/** One clause for people: "exit code 2", "timed out after 5 s". */
export function describeReason(reason: EndReason): string {
  switch (reason.why) {
    case 'exit-code':
      return `exit code ${reason.code}`;
    case 'signal':
      return `ended by ${reason.signal}`;
    case 'timeout':
      return `timed out after ${reason.afterMs / 1000} s`;
    case 'cancelled':
      return 'cancelled';
    case 'condition':
      return 'its `if` is false';
    case 'ancestor':
      return `"${reason.step}" did not succeed`;
    case 'not-started':
      return `could not be started: ${reason.detail}`;
    case 'not-approved':
      return `not approved: ${reason.detail}`;
    case 'output-invalid':
      return `its outputs cannot be read: ${reason.detail}`;
    case 'output-limit':
      return `its outputs are larger than ${reason.bytes} bytes`;
    case 'output-missing':
      return `it did not write ${reason.names.map((name) => `the output "${name}"`).join(' and ')}, which it declares`;
    case 'expression':
    case 'arguments':
      return reason.detail;
    case 'call':
      return `${reason.tool} failed`;
    case 'item':
      return `item ${reason.index}: ${describeReason(reason.reason)}`;
    default:
      return reason satisfies never;
  }
}
