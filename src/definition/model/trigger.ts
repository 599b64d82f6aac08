import type { JsonValue } from '../../text/node.ts';
import type { Location } from '../../text/problem.ts';

/** Times at which a tool starts by itself. */
export interface Schedule {
  readonly cron: string;
  readonly at: Location;
  /** IANA name. */
  readonly timezone: string;
  readonly args: ReadonlyMap<string, { readonly value: JsonValue; readonly at: Location }>;
  /** Whether the last time that a server missed is made up for. */
  readonly catchUp: 'none' | 'last';
}

/** A signed request that starts a tool. */
export interface Webhook {
  /** The secret that the sender signs with. */
  readonly secret: { readonly name: string; readonly at: Location };
  readonly form: 'plain' | 'github';
  /** How old a request may be, and how long its repetition is refused. */
  readonly windowMs: number;
}

/** What starts a tool by itself. */
export interface Triggers {
  readonly schedules: readonly Schedule[];
  readonly webhook?: Webhook;
}
