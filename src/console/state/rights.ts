import { connection } from './live.ts';
import { groupNamed, status } from './store.ts';

/** Why something cannot be done here, and the command that does it, where one does. */
export interface Obstacle {
  readonly why: string;
  readonly command?: string;
  /** It will be possible again by itself. */
  readonly passing?: boolean;
}

export type Scope = 'run' | 'approve' | 'write' | 'view';

const WORDS: Readonly<Record<Scope, string>> = {
  run: 'start runs',
  approve: 'answer approvals',
  write: 'change secrets',
  view: 'show values',
};

/** Null: it can be done now. */
export function obstacleTo(scope: Scope): Obstacle | null {
  const known = status.value;
  if (known === undefined || connection.value === 'offline')
    return { why: 'The server does not answer. This waits until it is back.', passing: true };
  if (known.token.scopes.includes(scope)) return null;
  return {
    why: `The token "${known.token.name}" may not ${WORDS[scope]}.`,
    command: `lockstep token make NAME --scope ${scope}`,
  };
}

/** Whether the server's identity may write in a group. @param command what a member who may writes in a terminal */
export function obstacleToWriting(group: string, command?: string): Obstacle | null {
  const how = command === undefined ? {} : { command };
  const general = obstacleTo('write');
  if (general !== null) return general.passing ? general : { why: general.why, ...how };
  const { member } = status.value ?? {};
  const { writers = [] } = groupNamed(group) ?? {};
  if (member == null) return { why: 'This server has no identity of a member, so it cannot sign a change.', ...how };
  if (writers.includes(member)) return null;
  return { why: `${member} may not write in ${group}. Writers: ${writers.join(', ')}.`, ...how };
}
