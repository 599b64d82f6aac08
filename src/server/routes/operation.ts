import type { GitFollower } from '../../project/serving/git-follower.ts';
import type { LiveProject } from '../../project/serving/live-project.ts';
import type { Scope } from '../../project/serving/tokens.ts';
import type { JsonValue } from '../../text/node.ts';
import type { Caller } from '../access/caller.ts';
import type { ActiveRuns } from '../events/active-runs.ts';
import type { ServerEvents } from '../events/server-events.ts';

/** What the server holds for all requests. */
export interface Served {
  readonly live: LiveProject;
  readonly events: ServerEvents;
  readonly runs: ActiveRuns;
  /** Whether `serve --allow-view` lets a person see a value. */
  readonly allowView: boolean;
  /** Set where the server follows a branch of a remote; it changes nothing then. */
  readonly follower?: GitFollower;
}

/** One request that has passed the access rules, and whose body is valid. */
export interface Call<Body = unknown> {
  readonly served: Served;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Body;
  /** Header fields by their names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Aborted when the client goes away or the server drains. */
  readonly signal: AbortSignal;
}

/** A parameter of a query. */
export interface QueryParameter {
  readonly description: string;
  readonly schema: Readonly<Record<string, JsonValue>>;
}

/** One method of one path. The routes, the access rules, the validation and /openapi.json are made from it. */
export interface Operation<Body = never> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below /api/v1, with `{parameter}`. */
  readonly path: string;
  readonly scope: Scope;
  readonly summary: string;
  readonly query?: Readonly<Record<string, QueryParameter>>;
  /** A definition of schemas/api.schema.json. */
  readonly body?: string;
  /** The status of success. Default: 200. */
  readonly status?: number;
  /** A definition of schemas/api.schema.json, or `events` for a stream of server-sent events. */
  readonly answer: string;
  /** @returns the JSON of the answer, or an iterable of events */
  handle(call: Call<Body>): Promise<object>;
}

/** The group that a call uses. @throws Refusal 403 where the caller may not use it, whether it is named or the default */
export async function requireGroupOf({ served, caller }: Call, named: string | undefined): Promise<void> {
  if (!caller.isLimitedToGroups) return;
  const { project } = served.live;
  const vault = await project.vault.open();
  if (vault !== null) caller.requireGroup(project.vault.chooseGroup(vault, project.snapshot.config, named));
}

/** Keeps the type of the body to the operation. */
export function operation<Body = undefined>(one: Operation<Body>): Operation {
  return one as unknown as Operation;
}
