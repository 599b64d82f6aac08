import { INVALID_REQUEST, ProtocolError, type ServerContext } from '@modelcontextprotocol/server';
import type { Scope } from '../project/serving/tokens.ts';

/** What a client may do. Over HTTP its token decides; over stdio it is the user's own program. */
export interface Access {
  /** Tells clients apart: no two tokens share it, whatever their names. Never shown. */
  readonly id: string;
  readonly name: string;
  may(scope: Scope): boolean;
  mayUseTool(tool: string): boolean;
  /** Whether some tools are out of reach: what is not about one tool may not be shown then. */
  readonly isLimitedToTools: boolean;
  mayUseGroup(group: string): boolean;
  /** Whether some groups are out of reach, so that the group of a call has to be looked at. */
  readonly isLimitedToGroups: boolean;
}

export const WHOLE_ACCESS: Access = {
  id: '',
  name: '',
  may: () => true,
  mayUseTool: () => true,
  isLimitedToTools: false,
  mayUseGroup: () => true,
  isLimitedToGroups: false,
};

/** The part of the repository that a client sees. */
export interface View {
  /** Only this agent's tools, under its ceiling. */
  readonly agent?: string;
  /** The group of secrets of all calls. */
  readonly group?: string;
}

/** Who makes a request: over HTTP the server in front of us says it. */
export function accessOf(ctx: ServerContext): Access {
  const given = ctx.http?.authInfo?.extra?.access;
  return given === undefined ? WHOLE_ACCESS : (given as Access);
}

/** @throws ProtocolError */
export function requireScope(access: Access, scope: Scope): void {
  if (access.may(scope)) return;
  throw new ProtocolError(INVALID_REQUEST, `the token "${access.name}" does not have the scope "${scope}"`);
}
