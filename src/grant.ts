import { isName } from './names.ts';

/**
 * A grant is one line of an entry's signed `allow` list: `tool:NAME[@sha256:DIGEST]`, `agent:NAME[@sha256:DIGEST]`,
 * `trigger:NAME[@sha256:DIGEST]`, `exec` or `*`, each optionally followed by ` as:VARIABLE`.
 */
export interface Grant {
  /** As written and signed. */
  readonly text: string;
  readonly to: 'tool' | 'agent' | 'trigger' | 'exec' | 'any';
  /** The name of the tool or agent; a trigger has the name of its tool; empty for `exec` and `*`. */
  readonly name: string;
  /** Lower-case hex sha256 of the tool or agent that receives the grant (definition/model/digest.ts). */
  readonly digest?: string;
  /** A dangerous variable name that this grant allows. */
  readonly as?: string;
}

const FORM = /^(?:(\*)|(exec)|(tool|agent|trigger):([^\s@]+)(?:@sha256:([0-9a-f]{64}))?)(?: as:(\S+))?$/;

/** Null when the text is not a grant. Parsing is strict, because signed text has one spelling. */
export function parseGrant(text: string): Grant | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, any, exec, kind, name = '', digest, as] = match;
  if (kind !== undefined && !/^[a-z][a-z0-9_-]{0,63}$/.test(name)) return null;
  if (as !== undefined && !isName('variable', as)) return null;
  const to = any ? 'any' : exec ? 'exec' : kind === 'agent' || kind === 'trigger' ? kind : 'tool';
  return { text, to, name, ...(digest !== undefined && { digest }), ...(as !== undefined && { as }) };
}
