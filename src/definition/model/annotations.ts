/** What a tool does to the world, by its writer's word; absent: not said. */
export interface Annotations {
  readonly readOnly?: boolean;
  readonly destructive?: boolean;
  readonly idempotent?: boolean;
  readonly openWorld?: boolean;
}

/** What a tool says to the host of an AI agent. */
export interface ForHosts {
  readonly annotations: Annotations;
  /** A run that the host has started continues when the host goes away. */
  readonly detach: boolean;
}
