import type { JsonValue } from '../../text/node.ts';
import type { Location } from '../../text/problem.ts';

/** Times at which a tool starts automatically. */
export interface Schedule {
  readonly cron: string;
  readonly at: Location;
  /** IANA name. */
  readonly timezone: string;
  readonly args: ReadonlyMap<string, { readonly value: JsonValue; readonly at: Location }>;
  /** Whether a server makes up for the last time that it missed. */
  readonly catchUp: 'none' | 'last';
}

/** A signed request that starts a tool. */
export interface Webhook {
  /** The secret with which the sender signs. */
  readonly secret: { readonly name: string; readonly at: Location };
  readonly form: 'plain' | 'github';
  /** How old a request may be, and how long a repetition of it is refused. */
  readonly windowMs: number;
}

/** What starts a tool automatically. */
export interface Triggers {
  readonly schedules: readonly Schedule[];
  readonly webhook?: Webhook;
}
